/// A store on a device that somebody looks after.
public protocol MaintainedStore: Store {
    /// Sizes and counts now; of a closed store as they were last.
    func statistics() async throws(StoreError) -> StoreStatistics

    /// Makes everything written so far quick to open again.
    func flush() async throws(StoreError)

    /// Gives back the space of dead records now.
    func compact() async throws(StoreError)
}

/// Sizes and counts of a store at one instant.
public struct StoreStatistics: Sendable, Hashable {
    /// Bytes that count against the cap: 32 + key + value for each live record.
    public var liveBytes: Int
    /// Bytes on the device.
    public var totalBytes: Int
    /// Live records.
    public var records: Int
    /// The newest acknowledged revision.
    public var revision: Int64
    /// How often sums of live records were wrong and have been counted anew, since the store was opened.
    public var recounts: Int

    /// Sizes and counts.
    public init(
        liveBytes: Int, totalBytes: Int, records: Int, revision: Int64, recounts: Int = 0
    ) {
        self.liveBytes = liveBytes
        self.totalBytes = totalBytes
        self.records = records
        self.revision = revision
        self.recounts = recounts
    }
}
