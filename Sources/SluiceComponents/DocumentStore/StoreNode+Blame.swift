import Sluice
import SluiceJSON
import SluiceStore

// Which operation of a `write` the store refused.
extension StoreNode {
    /// What the store's refusal is to the flow, with the operation that it is about.
    func failure(of write: DocumentStore.Write, _ error: LogStoreError) -> Failure {
        var failure = Failure(error)
        guard let index = refused(write.operations, error) else { return failure }
        let operation = write.operations[index]
        var facts = failure.details?.members.map { ($0.name, $0.value) } ?? []
        facts += [
            ("operation", JSON(index)), ("collection", JSON(operation.collection)),
            ("key", JSON(operation.key)),
        ]
        if let details = try? JSON(object: facts) { failure.details = details }
        return failure
    }

    /// The operation that an error is about; nil where it is about all.
    private func refused(
        _ operations: [DocumentStore.Operation], _ error: LogStoreError
    ) -> Int? {
        switch error {
        case .keyEmpty:
            operations.firstIndex { $0.kind == "put" && $0.key.isEmpty }
        case .keyTooLarge:
            operations.firstIndex {
                $0.kind == "put" && $0.key.utf8.count > LogStore.maximumKeyBytes
            }
        case .conflict(_, let index):
            operations.indices.contains(index) ? index : nil
        default:
            nil
        }
    }
}
