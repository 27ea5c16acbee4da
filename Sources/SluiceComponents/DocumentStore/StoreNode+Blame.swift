import Sluice
import SluiceJSON
import SluiceStore

// What of a request the store refused.
extension StoreNode {
    /// What the store's refusal is to the flow, with the operation that it is about.
    func failure(of write: DocumentStore.Write, _ error: StoreError) -> Failure {
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
        _ operations: [DocumentStore.Operation], _ error: StoreError
    ) -> Int? {
        switch error.code {
        case .keyEmpty, .keyTooLarge, .conflict:
            error.operation.flatMap { operations.indices.contains($0) ? $0 : nil }
        default:
            nil
        }
    }
}
