import Sluice
import SluiceJSON
import SluiceStore

/// The `where` of one `find`: which documents it selects, and how many it fails for.
final class StoreCondition: Sendable {
    private let expression: Expression
    private let arguments: JSON
    private let collection: String
    private let context: EvaluationContext
    private let failures = Lock(0)

    /// The condition of a request; nil where it has none.
    ///
    /// - Throws: ``Failure`` (`invalid_message`) for a broken expression, and for one that reads what
    ///   `args` does not have.
    init?(
        of request: DocumentStore.Find, _ context: EvaluationContext
    ) throws(Failure) {
        guard let text = request.condition?.text else { return nil }
        do throws(ExpressionError) {
            expression = try Expression(text, allowsArguments: true)
        } catch {
            throw .invalid(error.description, at: "$.where")
        }
        guard expression.mayBeCondition else {
            throw .invalid("`\(text)` is never true or false", at: "$.where")
        }
        arguments = request.args ?? .emptyObject
        collection = request.collection
        self.context = context
        if let missing = expression.missingArgument(in: arguments) {
            throw .invalid("`where` reads `\(missing)`, which is not there", at: "$.args")
        }
    }

    /// How many documents the expression failed for.
    var skipped: Int { failures.withLock { $0 } }

    /// Whether the expression is true of a record; one that it fails for is counted.
    ///
    /// - Throws: ``Failure`` (`corrupt`), and `expression_limit` for work that passes a limit.
    func selects(_ record: LogStore.Record) throws(Failure) -> Bool {
        let value = try StoredValue.value(of: record.value, collection, record.key)
        do throws(EvaluationError) {
            return try expression.selects(value, arguments: arguments, context)
        } catch {
            guard !error.isLimit else {
                let key = String(decoding: record.key, as: UTF8.self)
                throw Failure(
                    error.code, "\(error), for the key \"\(key)\"",
                    details: ["path": "$.where"])
            }
            failures.withLock { $0 += 1 }
            return false
        }
    }
}
