public import SluiceSystem

/// What went wrong in a store, with the facts that a caller can act on.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong: a stable word for programs.
    public let code: Code
    /// A sentence for people, with what to do where there is a remedy.
    public let text: String
    /// The revision of the key where a condition did not hold, 0 for an absent key.
    public var currentRevision: Int64?
    /// Which operation of the batch it is about, from 0.
    public var operation: Int?
    /// The oldest revision that may be asked for, with ``Code/gone``.
    public var oldestRevision: Int64?
    /// The damaged or refused record, where it is known.
    public var record: RecordKey?
    /// Where the damaged bytes lie, with ``Code/corrupt``.
    public var location: Location?
    /// The member of the value or operand that is wrong, as a JSONPath such as `$.patch`.
    public var path: String?
    /// The process that has the store, with ``Code/locked``; this one's where the store is open in it.
    public var processID: Int32?

    /// Where bytes lie that are not those which were written.
    public struct Location: Sendable, Hashable {
        /// The file's name inside the store.
        public var file: String
        /// The first damaged byte.
        public var offset: Int
        /// The revision of the damaged record, where it is known.
        public var revision: Int64?

        /// A location.
        public init(file: String, offset: Int, revision: Int64? = nil) {
            self.file = file
            self.offset = offset
            self.revision = revision
        }
    }

    /// An error.
    public init(
        _ code: Code, _ text: String, currentRevision: Int64? = nil, operation: Int? = nil,
        oldestRevision: Int64? = nil, record: RecordKey? = nil, location: Location? = nil,
        path: String? = nil, processID: Int32? = nil
    ) {
        self.code = code
        self.text = text
        self.currentRevision = currentRevision
        self.operation = operation
        self.oldestRevision = oldestRevision
        self.record = record
        self.location = location
        self.path = path
        self.processID = processID
    }

    /// What a caller can do about it.
    public var kind: Kind { code.kind }

    /// Whether the same call may succeed later without another change.
    public var isRetryable: Bool { kind == .transient }

    /// The sentence.
    public var description: String { text }
}

extension StoreError {
    /// What a caller can do about an error.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The call is wrong: it fails again as long as it is made so.
        case invalid
        /// The store is in another state than the caller expects: it reads anew, then decides.
        case conflict
        /// There is no space: deletes and reads go on working.
        case full
        /// The same call may succeed later.
        case transient
        /// The store takes no such call until somebody mends or opens it anew.
        case fatal
    }

    /// What went wrong.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        // MARK: invalid

        /// An argument outside of its range, such as a key twice in one batch.
        case invalidMessage = "invalid_message"
        /// A value that does not fit what the collection asks for.
        case invalidValue = "invalid_value"
        /// A key without a byte.
        case keyEmpty = "key_empty"
        /// A key over ``StoreLimits/keyBytes``.
        case keyTooLarge = "key_too_large"
        /// A value over ``StoreLimits/valueBytes``.
        case valueTooLarge = "value_too_large"
        /// A batch over ``StoreLimits/batchBytes``.
        case batchTooLarge = "batch_too_large"
        /// A collection that was never declared.
        case missingCollection = "missing_collection"
        /// A revision that is not kept any more.
        case gone
        /// A request that leads to no shard.
        case unroutable
        /// A batch over several shards.
        case crossShard = "cross_shard"
        /// Something that this store cannot do.
        case unsupported
        /// A token of another search, or none that this store gave.
        case tokenInvalid = "token_invalid"
        /// Another request under an identity that was used.
        case requestReused = "request_reused"
        /// An index that cannot be built, as two records claim one place of it.
        case indexFailed = "index_failed"

        // MARK: conflict

        /// A revision that is not the key's.
        case conflict
        /// A sequence that does not follow the last one.
        case sequenceGap = "sequence_gap"
        /// A lease that somebody else has.
        case leaseHeld = "lease_held"
        /// A lease that the caller has no more.
        case leaseLost = "lease_lost"

        // MARK: full

        /// Over the cap, or no space on the device.
        case diskFull = "disk_full"

        // MARK: transient

        /// Another replica takes writes now.
        case notLeader = "not_leader"
        /// Another owner has the store.
        case locked
        /// All places for open stores are taken.
        case busy
        /// The shard is being moved.
        case shardMoving = "shard_moving"
        /// The index is not complete yet.
        case indexBuilding = "index_building"
        /// The copy is too far behind.
        case backupBehind = "backup_behind"
        /// Nobody knows whether the write took effect.
        case unknownOutcome = "unknown_outcome"

        // MARK: fatal

        /// Bytes that are not those which were written.
        case corrupt
        /// The operating system refused.
        case io
        /// The store has been closed.
        case closed
        /// The store's folder was removed or replaced.
        case notOwner = "not_owner"
        /// A store that takes no writes.
        case readOnly = "read_only"
        /// A store whose derived records nobody here can make.
        case derivationMissing = "derivation_missing"
        /// A folder of another kind of store.
        case wrongKind = "wrong_kind"
        /// A format that this build does not read.
        case unsupportedFormat = "unsupported_format"
        /// A copy that differs from its leader.
        case diverged
        /// Content that has not the digest which was asked for.
        case digestMismatch = "digest_mismatch"
        /// A function that the caller gave threw.
        case cancelled

        /// What a caller can do about it.
        public var kind: Kind {
            switch self {
            case .invalidMessage, .invalidValue, .keyEmpty, .keyTooLarge, .valueTooLarge,
                .batchTooLarge, .missingCollection, .gone, .unroutable, .crossShard, .unsupported,
                .tokenInvalid, .requestReused, .indexFailed, .cancelled:
                .invalid
            case .conflict, .sequenceGap, .leaseHeld, .leaseLost: .conflict
            case .diskFull: .full
            case .notLeader, .locked, .busy, .shardMoving, .indexBuilding, .backupBehind,
                .unknownOutcome:
                .transient
            case .corrupt, .io, .closed, .notOwner, .readOnly, .derivationMissing, .wrongKind,
                .unsupportedFormat, .diverged, .digestMismatch:
                .fatal
            }
        }
    }
}

extension StoreError {
    /// A collection that was never declared.
    public static func missingCollection(_ name: Name) -> StoreError {
        StoreError(.missingCollection, "collection \"\(name.text)\" is not declared")
    }

    /// A condition that does not hold.
    public static func conflict(
        current revision: Int64, operation: Int, record: RecordKey
    ) -> StoreError {
        StoreError(
            .conflict,
            revision == 0 ? "the key does not exist" : "the key is at revision \(revision)",
            currentRevision: revision, operation: operation, record: record)
    }

    /// A name that no caller may use.
    public static func unusable(_ name: Name) -> StoreError {
        StoreError(
            .invalidMessage,
            "\"\(name.text.prefix(80))\" is no name: one has 1 to \(Name.maximumBytes) bytes, begins "
                + "not with `\(Name.ownPrefix)`, and has no NUL")
    }

    /// An instant at which no record can expire.
    public static func expiryOutOfRange(_ record: RecordKey) -> StoreError {
        StoreError(
            .invalidMessage,
            "a record expires at an instant after 1970 and before the year 10889", record: record)
    }

    /// A merge operator that asks for something else than puts and deletes without conditions.
    public static let mergeAsksForMore = StoreError(
        .invalidMessage, "a merge operator may ask for puts and deletes without conditions only")

    /// A store that has been closed.
    public static let closed = StoreError(.closed, "the store is closed")
}
