public import SluiceSystem

/// A function that makes a record's new value of its old one and of an operand, where writes are
/// ordered: nobody reads, changes and races.
///
/// Deterministic: the same old record, operand and time give the same result, on every copy of the store.
/// It runs while other writes wait and must not call the store.
public struct MergeOperator: Sendable {
    /// What a merge starts from.
    public struct Input: Sendable {
        /// The record's place.
        public let key: RecordKey
        /// The live record, with what earlier batches of the same call did; nil where there is none.
        public let old: Record?
        /// What the writer gave.
        public let operand: [UInt8]
        /// The time of the write, in milliseconds since 1970.
        public let time: Int64

        /// What a merge starts from.
        public init(key: RecordKey, old: Record?, operand: [UInt8], time: Int64) {
            self.key = key
            self.old = old
            self.operand = operand
            self.time = time
        }
    }

    /// What becomes of the record.
    public enum Change: Sendable, Hashable {
        /// It gets a value, and an instant at which it expires, in milliseconds since 1970.
        case put([UInt8], expiresAt: Int64? = nil)
        /// It goes.
        case delete
        /// It stays as it is, and no revision is taken.
        case keep
    }

    /// What a merge gives.
    public struct Result: Sendable, Hashable {
        /// What becomes of the record.
        public var change: Change
        /// Puts and deletes of other records in the same batch, without conditions.
        public var also: [Operation]
        /// The answer for the writer.
        public var reply: [UInt8]

        /// What a merge gives.
        public init(_ change: Change, also: [Operation] = [], reply: [UInt8] = []) {
            self.change = change
            self.also = also
            self.reply = reply
        }
    }

    /// The name by which operations call it.
    public let name: Name
    /// Makes the new value; an error fails the whole batch.
    public let merge: @Sendable (Input) throws(StoreError) -> Result

    /// An operator.
    public init(
        _ name: Name, merge: @escaping @Sendable (Input) throws(StoreError) -> Result
    ) {
        self.name = name
        self.merge = merge
    }
}

/// The merge operators that a store knows, by their names.
public struct MergeOperators: Sendable {
    private var operators: [Name: MergeOperator] = [:]

    /// These operators; of two with one name the later stands.
    public init(_ operators: [MergeOperator] = []) {
        for one in operators { add(one) }
    }

    /// Adds an operator.
    public mutating func add(_ one: MergeOperator) { operators[one.name] = one }

    /// The operator of a name.
    ///
    /// - Throws: `unsupported` where there is none.
    public func named(_ name: Name) throws(StoreError) -> MergeOperator {
        guard let found = operators[name] else {
            throw StoreError(
                .unsupported,
                "the store knows no merge operator `\(name.text)`; it was opened without it")
        }
        return found
    }
}
