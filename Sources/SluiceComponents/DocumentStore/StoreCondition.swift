import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

/// The `where` of a request: an expression that may be true or false.
struct StoreConditionText: Field {
    let expression: Expression

    static var schema: Schema {
        var schema = Schema(.string)
        schema.role = .expression
        return schema
    }

    /// - Throws: ``Sluice/Failure`` (`invalid_message`) for a broken expression, and for one that is
    ///   never true or false.
    init(json: JSON) throws(Failure) {
        let text = try String(json: json)
        do throws(ExpressionError) {
            expression = try Expression(text, allowsArguments: true)
        } catch {
            throw .invalid(error.description)
        }
        guard expression.mayBeCondition else {
            throw .invalid("`\(text)` is never true or false")
        }
    }

    func append(to builder: inout JSONBuilder) { builder.append(expression.text) }
}

/// The `where` of one `find`: which documents it selects, and how many it fails for.
final class StoreCondition: Sendable {
    private let expression: Expression
    private let arguments: JSON
    private let collection: String
    private let context: EvaluationContext
    private let failures = Lock(0)
    private let ending = Lock<Failure?>(nil)

    /// The condition of a request; nil where it has none.
    init?(of request: DocumentStore.Find, _ context: EvaluationContext) {
        guard let condition = request.condition else { return nil }
        expression = condition.expression
        arguments = request.args ?? .emptyObject
        collection = request.collection
        self.context = context
    }

    /// Why the search ended early; nil where it did not.
    var failure: Failure? { ending.withLock { $0 } }

    /// How many documents the expression failed for.
    var skipped: Int { failures.withLock { $0 } }

    /// Whether the expression is true of a record; one that it fails for is counted.
    ///
    /// - Throws: what ends the search, of which ``failure`` says more.
    func selects(_ record: Record) throws(StoreError) -> Bool {
        do throws(Failure) {
            return try isTrue(of: record)
        } catch {
            ending.withLock { $0 = error }
            throw StoreError(.cancelled, error.text)
        }
    }

    /// - Throws: ``Failure`` (`corrupt`), and `expression_limit` for work that passes a limit.
    private func isTrue(of record: Record) throws(Failure) -> Bool {
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
