/// How far a long piece of work has come.
public struct LogStoreProgress: Sendable, Hashable {
    /// What is counted.
    public enum Unit: Sendable, Hashable {
        /// Bytes of files.
        case bytes
        /// Records of the log.
        case records
    }

    /// How much is done, at most `total`.
    public var done: Int
    /// How much there is to do, as far as is known by now; it may grow.
    public var total: Int
    /// What `done` and `total` count.
    public var unit: Unit

    /// A state of some work.
    public init(done: Int, total: Int, unit: Unit) {
        self.done = done
        self.total = total
        self.unit = unit
    }
}

/// What `verify` found.
public struct LogStoreVerificationReport: Sendable, Hashable {
    /// Everything whose bytes are not those that were written, or that do not fit each other;
    /// at most 10,000, the last of which then says that there are more.
    public var damages: [LogStoreRecoveryReport.Damage] = []
    /// Records that were read: puts, deletes and what the store keeps for itself.
    public var records: Int = 0
    /// Bytes that were read.
    public var bytes: Int = 0
    /// Segment files.
    public var segments: Int = 0
    /// Runs of the index.
    public var runs: Int = 0

    /// Whether there is no damage.
    public var isSound: Bool { damages.isEmpty }
}

/// What `backup` or `restore` did.
public struct LogStoreBackupReport: Sendable, Hashable {
    /// Files that are new, copied or linked.
    public var filesCopied: Int = 0
    /// Files of the backup before that are the same.
    public var filesKept: Int = 0
    /// Bytes of the new files.
    public var bytesCopied: Int = 0
    /// The newest revision in the backup.
    public var revision: Int64 = 0
}

/// What `repair` saved and what it did not.
public struct LogStoreRepairReport: Sendable, Hashable {
    /// A key whose newest version is lost, or may be.
    public struct LostKey: Sendable, Hashable {
        /// The collection's name.
        public var collection: String
        /// The key.
        public var key: [UInt8]
        /// The revision that is lost; nil where it is only known that the key may have been
        /// written or deleted in what is lost.
        public var revision: Int64?
        /// The newest revision of the key that was found, if any.
        public var found: Int64?
        /// Whether the new store has the version that was found; otherwise it has none.
        public var isKept: Bool
    }

    /// Live records of the new store.
    public var records: Int = 0
    /// Collections of the new store.
    public var collections: Int = 0
    /// What is damaged in the old store, with file, offset, and key where it is known; at most
    /// 10,000.
    public var damages: [LogStoreRecoveryReport.Damage] = []
    /// Records of which one bit was wrong, saved as they had been written.
    public var recordsMended: Int = 0
    /// Records of the old segments that are lost, with those that were replaced since; at least
    /// so many, because an end of the log that is lost need not tell how many it had.
    public var recordsLost: Int = 0
    /// Bytes of the old segments that should hold records and hold none that verify.
    public var bytesLost: Int = 0
    /// Keys whose newest version is lost, or may be; at most 10,000.
    public var lostKeys: [LostKey] = []
    /// How many such keys there are; at least so many, where more than 10,000 records are
    /// damaged.
    public var lostKeyCount: Int = 0
    /// How many of them have an older version, which is not in the new store.
    public var leftOutCount: Int = 0
    /// Lost revisions of which nobody can tell the keys, in order; at most 10,000 ranges.
    public var lostRevisions: [ClosedRange<Int64>] = []
    /// The last revision before the end of the log that is lost; nil where no end is.
    ///
    /// The new store is then the old one as of this revision, but for what the other properties
    /// say.
    public var lastSoundRevision: Int64?

    /// Whether nothing is damaged or lost.
    public var isSound: Bool { damages.isEmpty && lostKeyCount == 0 && recordsLost == 0 }
}
