/// A search over the keys of one collection, in byte order.
///
/// `prefix`, `start`, `end` and `after` intersect.
public struct LogStoreFind: Sendable {
    /// Keys that begin with these bytes.
    public var prefix: [UInt8]?
    /// The smallest key, inclusive.
    public var start: [UInt8]?
    /// The key before which to stop, exclusive.
    public var end: [UInt8]?
    /// Continues behind this key, in the direction of travel.
    public var after: [UInt8]?
    /// From the largest key to the smallest.
    public var reverse: Bool
    /// The most records to return; 0 for no limit.
    public var limit: Int
    /// Leaves values out, and does not read them unless `where` is given.
    public var keysOnly: Bool
    /// Bytes of keys and values at which a page ends.
    ///
    /// Default 16 MiB.
    public var maximumBytes: Int
    /// Keys looked at after which a page ends.
    ///
    /// Default 1,000,000.
    public var maximumKeys: Int
    /// The revision to search at; nil for the newest.
    public var asOf: Int64?
    /// Which records to return; an error ends the search with `LogStoreError.cancelled`.
    public var `where`: (@Sendable (LogStoreRecord) throws -> Bool)?

    /// A search with the defaults named at each property.
    public init(
        prefix: [UInt8]? = nil,
        start: [UInt8]? = nil,
        end: [UInt8]? = nil,
        after: [UInt8]? = nil,
        reverse: Bool = false,
        limit: Int = 0,
        keysOnly: Bool = false,
        maximumBytes: Int = 16 << 20,
        maximumKeys: Int = 1_000_000,
        asOf: Int64? = nil,
        where: (@Sendable (LogStoreRecord) throws -> Bool)? = nil
    ) {
        self.prefix = prefix
        self.start = start
        self.end = end
        self.after = after
        self.reverse = reverse
        self.limit = limit
        self.keysOnly = keysOnly
        self.maximumBytes = maximumBytes
        self.maximumKeys = maximumKeys
        self.asOf = asOf
        self.`where` = `where`
    }
}

/// What a search found.
public struct LogStorePage: Sendable, Hashable {
    /// The records, in the direction of travel.
    public var records: [LogStoreRecord]
    /// Records among them that do not verify, each with its key.
    var damages: [LogStoreRecoveryReport.Damage] = []
    /// Keys among them whose records do not verify.
    public var damaged: [[UInt8]] { damages.compactMap(\.key) }
    /// The last key looked at, there exactly when the range was not finished; give it as
    /// `after` to go on.
    public var next: [UInt8]?
    /// The revision of the snapshot that was searched.
    public var asOf: Int64
}
