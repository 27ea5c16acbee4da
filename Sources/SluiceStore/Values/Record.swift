/// Where a record is: its collection and its key.
public struct RecordKey: Sendable, Hashable {
    /// The collection.
    public var collection: Name
    /// The key's bytes.
    public var key: [UInt8]

    /// The place of a record.
    public init(_ collection: Name, _ key: [UInt8]) {
        self.collection = collection
        self.key = key
    }
}

/// One live record.
public struct Record: Sendable, Hashable {
    /// The key's bytes.
    public var key: [UInt8]
    /// The value's bytes; empty where only keys were asked for.
    public var value: [UInt8]
    /// The revision of the write that made this version.
    public var revision: Int64
    /// The revision of the write that created the key, since when it was never absent.
    public var createdRevision: Int64
    /// When this version was written, in milliseconds since 1970; nil where a store does not tell, as
    /// where only keys were asked for.
    public var updatedAt: Int64?
    /// The instant at which it stops to exist, in milliseconds since 1970; nil for never.
    public var expiresAt: Int64?

    /// A record with all its parts.
    public init(
        key: [UInt8], value: [UInt8], revision: Int64, createdRevision: Int64,
        updatedAt: Int64? = nil, expiresAt: Int64? = nil
    ) {
        self.key = key
        self.value = value
        self.revision = revision
        self.createdRevision = createdRevision
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
    }
}
