/// Sizes and counts of a store at one instant.
public struct LogStoreStatistics: Sendable, Hashable {
    /// Bytes that count against the cap: 32 + key + value for each live record.
    public var liveBytes: Int = 0
    /// Bytes of the segments on disk, without space zeroed ahead.
    public var totalBytes: Int = 0
    /// Live records.
    public var records: Int = 0
    /// Deletes that the segments still hold.
    public var tombstones: Int = 0
    /// Segment files.
    public var segments: Int = 0
    /// The newest acknowledged revision.
    public var revision: Int64 = 0
    /// Segments removed by compaction since the store was opened.
    public var compactedSegments: Int = 0
    /// Bytes copied by compaction since the store was opened.
    public var compactedBytes: Int = 0
    /// How often compaction found that the sums of live records were not those of the records,
    /// so that all were counted anew, since the store was opened.
    public var recounts: Int = 0
    /// Groups committed since the store was opened; each is one write and at most one sync.
    public var groups: Int = 0
    /// Runs of the index on disk.
    public var runs: Int = 0
    /// Bytes of the runs.
    public var runBytes: Int = 0
    /// Bytes of memory that the index takes.
    public var memoryBytes: Int = 0
    /// Snapshots and searches that are open.
    public var snapshots: Int = 0
}

/// What opening found and did.
public struct LogStoreRecoveryReport: Sendable, Hashable {
    /// One place whose bytes are not those that were written.
    public struct Damage: Sendable, Hashable {
        /// The file's name inside the store's folder.
        public var file: String
        /// The first damaged byte.
        public var offset: Int
        /// The key of the damaged record, where its head still verifies.
        public var key: [UInt8]?
        /// The revision of the damaged record, where its head still verifies.
        public var revision: Int64?
        /// What is wrong, for people.
        public var message: String
        /// Whether records are missing there; otherwise it is known which are damaged, if any.
        public var isLoss: Bool = false
        /// Whether nobody knows what the missing records were: the index is gone or older.
        ///
        /// Reading may then give an older value than the newest that was acknowledged.
        public var isUnknownLoss: Bool = false
    }

    /// Records read from segments.
    public var records: Int = 0
    /// Whether records lie in two places, as where an older copy of a segment came back.
    var hasDuplicates = false
    /// Bytes of unfinished writes that were cut off.
    public var bytesCut: Int = 0
    /// Damage that is no torn tail; empty for a sound store.
    public var damages: [Damage] = []
    /// Whether the store had been closed properly.
    public var wasClosedCleanly: Bool = false
}
