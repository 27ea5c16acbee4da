import SluiceSystem

/// What a store takes from outside itself; tests put other things in their places.
struct Environment: Sendable {
    var fileSystem: Disk
    var newIdentity: @Sendable () -> StoreIdentity
    /// Sizes at which background work begins; nil for those that follow from the options.
    var limits: Limits?
    /// Called between two steps of freezing, flushing, merging, compaction and removal, on the
    /// thread of the step.
    var betweenSteps: @Sendable () -> Void

    init(
        fileSystem: any FileSystem,
        newIdentity: @escaping @Sendable () -> StoreIdentity = { .random() },
        limits: Limits? = nil, betweenSteps: @escaping @Sendable () -> Void = {}
    ) {
        self.fileSystem = Disk(fileSystem)
        self.newIdentity = newIdentity
        self.limits = limits
        self.betweenSteps = betweenSteps
    }
}

/// Sizes at which background work on the index begins.
struct Limits: Sendable {
    /// Bytes of one memtable; there may be two, and a quarter of the memory is left for buffers.
    var memtableBytes: Int
    /// Bytes of log after which the index is flushed, however small it is: what a crash makes the
    /// next opening read.
    var flushLogBytes = 32 << 20
    /// Bytes of log that the next opening may read instead of a run being written at closing.
    var closingLogBytes = 1 << 20

    /// What follows from the memory that the options give.
    init(_ options: LogStoreOptions) {
        memtableBytes = options.memoryBytes / 4
    }
}
