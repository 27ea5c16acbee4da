public import SluiceStore
import SluiceSystem

extension StoreError {
    /// What an error of the log store is in the contract: code and sentence are the same.
    public init(_ error: LogStoreError) { self.init(error, collection: nil) }

    /// What is wrong with the bytes of a record.
    init(_ damage: LogStoreRecoveryReport.Damage) {
        self.init(
            .corrupt(
                file: damage.file, offset: damage.offset, message: damage.message,
                key: damage.key, revision: damage.revision))
    }

    /// The error of a read of one record.
    init(_ error: LogStoreError, of record: RecordKey) {
        self.init(error, collection: record.collection)
    }

    /// The error of a batch, with the operation that it is about where it is about one.
    init(_ error: LogStoreError, of batch: Batch) {
        self.init(error, collection: nil)
        if operation == nil { operation = batch.operations.firstIndex { error.isAbout($0) } }
        if record == nil { record = operation.flatMap { batch.operations[$0].recordKey } }
    }

    private init(_ error: LogStoreError, collection: Name?) {
        switch error {
        case .refused(let error):
            self = error
        case .cancelled(let error as StoreError):
            self = error
        case .cancelled(let error as LogStoreError):
            self.init(error, collection: collection)
        case .conflict(let revision, let operation):
            self.init(
                .conflict, error.description, currentRevision: revision, operation: operation)
        case .gone(let oldest):
            self.init(.gone, error.description, oldestRevision: oldest)
        case .corrupt(let file, let offset, _, let key, let revision):
            self.init(
                .corrupt, error.description,
                record: key.map { RecordKey(collection ?? Name(""), $0) },
                location: Location(file: file, offset: offset, revision: revision))
        case .locked(_, let processID):
            self.init(.locked, error.description, processID: processID)
        case .missingCollection, .diskFull, .keyEmpty, .keyTooLarge, .valueTooLarge,
            .batchTooLarge, .io, .closed, .cancelled, .unsupportedFormat, .poisoned, .notOwner,
            .readOnly, .invalid:
            // Both tables have the same words.
            self.init(Code(rawValue: error.code) ?? .io, error.description)
        }
    }
}

extension LogStoreError {
    /// Whether an operation is wrong in the way that the error says.
    fileprivate func isAbout(_ operation: SluiceStore.Operation) -> Bool {
        switch (self, operation) {
        case (.missingCollection(let name), _):
            operation.recordKey?.collection == Name(name)
        case (.keyEmpty, .put), (.keyEmpty, .merge):
            operation.recordKey?.key.isEmpty == true
        case (.keyTooLarge, .put), (.keyTooLarge, .merge):
            operation.recordKey?.key.count ?? 0 > LogStoreLimits.keyBytes
        case (.valueTooLarge, .put(_, let value, _, _)),
            (.valueTooLarge, .merge(_, _, let value, _)):
            value.count > LogStoreLimits.valueBytes
        default: false
        }
    }
}
