import SluiceLogStore

/// How a node wants its store to be opened.
struct StoreOptions: Sendable {
    var path: String
    var maxSizeMB = 1024
    var sync = SyncSetting.always
    var leaderOnly = false
    var lockTimeoutMs = 5000
    var memoryMB = 64
    var keepRevisions = 0
    var keepHours = 0

    /// The first setting, with both values, in which nodes that share a store differ.
    func disagreement(with other: StoreOptions) -> (name: String, mine: String, theirs: String)? {
        zip(shared, other.shared).first { $0.value != $1.value }.map {
            ($0.name, $0.value, $1.value)
        }
    }

    /// What all nodes that share a store have to agree on, as in a flow file.
    var shared: [(name: String, value: String)] {
        [
            ("maxSizeMB", "\(maxSizeMB)"), ("sync", "\(sync)"), ("leaderOnly", "\(leaderOnly)"),
            ("memoryMB", "\(memoryMB)"), ("keepRevisions", "\(keepRevisions)"),
            ("keepHours", "\(keepHours)"),
        ]
    }

    /// What the store itself is told.
    ///
    /// - Parameter lockTimeout: How long to wait for another owner, in milliseconds.
    func logStoreOptions(
        lockTimeout: Int, isInline: Bool, clock: @escaping @Sendable () -> Int64
    ) -> LogStore.Options {
        LogStore.Options(
            maximumLiveBytes: Self.bytes(megabytes: maxSizeMB), sync: sync.storeSync,
            lockTimeoutMilliseconds: lockTimeout, isInline: isInline, clock: clock,
            memoryBytes: Self.bytes(megabytes: memoryMB), keepRevisions: keepRevisions,
            keepHours: keepHours)
    }

    private static func bytes(megabytes: Int) -> Int {
        let (bytes, isTooMuch) = megabytes.multipliedReportingOverflow(by: 1 << 20)
        return isTooMuch ? .max : bytes
    }
}
