// Whoever uses this module has the type that its functions give.
@_exported public import struct SluiceStore.Record

/// One live document.
public typealias LogStoreRecord = Record

/// One version of a key, as `history` gives it.
public struct LogStoreVersion: Sendable, Hashable {
    /// The revision of the write that made it.
    public var revision: Int64
    /// The value's bytes; nil for a delete, and where it is damaged.
    public var value: [UInt8]?
    /// Where the record lay and what is wrong with it; nil where it verifies.
    public var damage: LogStoreRecoveryReport.Damage?
    /// Whether the write removed the key, or what it put has expired.
    public var isDelete: Bool
    /// When it expires, in milliseconds since 1970; nil for never, and for a delete.
    public var expiresAt: Int64?
    /// When it was written, in milliseconds since 1970; nil where that is not told.
    public var updatedAt: Int64?
}

/// One acknowledged change.
public struct LogStoreChange: Sendable, Hashable {
    /// The name of the collection.
    public var collection: String
    /// The key's bytes.
    public var key: [UInt8]
    /// True for a delete.
    public var isDelete: Bool
    /// The value put; nil for a delete, and where it is damaged.
    public var value: [UInt8]?
    /// Where the value lay and what is wrong with it; nil where it verifies.
    public var damage: LogStoreRecoveryReport.Damage?
    /// The revision of the change.
    public var revision: Int64
    /// When it was written, in milliseconds since 1970.
    public var updatedAt: Int64
    /// The expiry put, in milliseconds since 1970; nil for none.
    public var expiresAt: Int64?
}

/// Changes in order of revision, and how far they reach.
public struct LogStoreChangePage: Sendable, Hashable {
    /// The changes; a damaged one says so itself.
    public var changes: [LogStoreChange] = []
    /// Every change up to this revision has been given; it is what to go on after.
    ///
    /// A page that ends by its limit or its size ends at its last change, any other at the
    /// newest revision that there was.
    public var through: Int64
    /// Places among the changes that hold no record that verifies: nobody knows what was
    /// changed there.
    public var damages: [LogStoreRecoveryReport.Damage] = []
}
