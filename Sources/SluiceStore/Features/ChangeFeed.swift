/// A store that tells what was written, in order.
public protocol ChangeFeed: Store {
    /// The newest acknowledged revision; 0 for an empty store.
    ///
    /// Never waits, and is the last one known once the store is closed.
    var revision: Int64 { get }

    /// Acknowledged changes after a revision, in order, at most `limit`; 0 for as many as a page holds.
    ///
    /// - Throws: `gone` where some of them are not kept any more; ``StoreError/oldestRevision`` says
    ///   where to go on.
    func changes(after revision: Int64, limit: Int) async throws(StoreError) -> ChangePage

    /// Returns when a change after a revision is acknowledged, the store closes, or the task is cancelled.
    func waitForChange(after revision: Int64) async

    /// The position kept under a name; nil where none was ever kept.
    func cursor(_ name: Name) async throws(StoreError) -> Int64?
}

/// One acknowledged change.
public struct StoreChange: Sendable, Hashable {
    /// The record.
    public var record: RecordKey
    /// The value put; nil for a delete, and where it is damaged.
    public var value: [UInt8]?
    /// Whether the record was removed.
    public var isDelete: Bool
    /// What is wrong with the record (`corrupt`); nil where it verifies.
    public var damage: StoreError?
    /// The revision of the change.
    public var revision: Int64
    /// When it was written, in milliseconds since 1970.
    public var updatedAt: Int64
    /// The expiry put, in milliseconds since 1970; nil for none.
    public var expiresAt: Int64?

    /// A change with all its parts.
    public init(
        record: RecordKey, value: [UInt8]?, isDelete: Bool, damage: StoreError? = nil,
        revision: Int64, updatedAt: Int64, expiresAt: Int64? = nil
    ) {
        self.record = record
        self.value = value
        self.isDelete = isDelete
        self.damage = damage
        self.revision = revision
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
    }
}

/// Changes in order of revision, and how far they reach.
public struct ChangePage: Sendable, Hashable {
    /// The changes.
    public var changes: [StoreChange]
    /// Every change up to this revision has been given; it is what to go on after.
    public var through: Int64
    /// Where among the changes nobody knows what was changed (`corrupt`).
    public var damages: [StoreError]

    /// Changes and how far they reach.
    public init(changes: [StoreChange], through: Int64, damages: [StoreError] = []) {
        self.changes = changes
        self.through = through
        self.damages = damages
    }
}
