/// A store that keeps what was replaced and removed, for a while.
public protocol VersionedStore: Store {
    /// The newest acknowledged revision; 0 for an empty store.
    ///
    /// Never waits, and is the last one known once the store is closed.
    var revision: Int64 { get }

    /// The oldest revision that may be asked for; never waits.
    var horizon: Int64 { get }

    /// The records that were live at a revision, nil for each key that was absent then.
    ///
    /// - Throws: `gone` for a revision before the horizon, `invalid_message` for one that is still to
    ///   come.
    func get(_ keys: [RecordKey], asOf revision: Int64) async throws(StoreError) -> [Record?]

    /// One page of a search over what was live at a revision.
    func find(_ collection: Name, _ find: Find, asOf revision: Int64) async throws(StoreError)
        -> Page

    /// The versions of a key that are kept, newest first, at most `limit`; 0 for all of them.
    func history(_ key: RecordKey, limit: Int) async throws(StoreError) -> [Version]
}

/// One version of a key.
public struct Version: Sendable, Hashable {
    /// The revision of the write that made it.
    public var revision: Int64
    /// The value's bytes; nil for a delete, and where it is damaged.
    public var value: [UInt8]?
    /// Whether the write removed the key, or what it put has expired.
    public var isDelete: Bool
    /// What is wrong with the record (`corrupt`); nil where it verifies.
    public var damage: StoreError?
    /// When it expires, in milliseconds since 1970; nil for never, and for a delete.
    public var expiresAt: Int64?
    /// When it was written, in milliseconds since 1970; nil where that is not told.
    public var updatedAt: Int64?

    /// A version with all its parts.
    public init(
        revision: Int64, value: [UInt8]?, isDelete: Bool, damage: StoreError? = nil,
        expiresAt: Int64? = nil, updatedAt: Int64? = nil
    ) {
        self.revision = revision
        self.value = value
        self.isDelete = isDelete
        self.damage = damage
        self.expiresAt = expiresAt
        self.updatedAt = updatedAt
    }
}
