public import SluiceJSON
import SluiceSystem

/// What a node remembers under keys.
///
/// It lives for the run. May be used by several tasks at once; each call is one step.
public final class NodeState: Sendable {
    /// How many bytes of JSON text a value may have.
    public static let maximumBytes = FlowLimits.stateBytes

    private let values = Lock<[Name: JSON]>([:])

    init() {}

    /// The value of a key; nil where it has none.
    public func get(_ key: String) -> JSON? { values.withLock { $0[Name(key)] } }

    /// Gives a key a value.
    ///
    /// - Throws: ``Failure``: `value_too_large` for a value of more than ``maximumBytes``, `too_deep` for one
    ///   that nests deeper than 512 levels.
    public func set(_ key: String, to value: JSON) throws(Failure) {
        let bytes = value.sourceRange.count
        guard bytes <= NodeState.maximumBytes else {
            throw Failure(
                "value_too_large",
                "the state `\(key)` would have \(bytes) bytes: \(NodeState.maximumBytes) are the most"
            )
        }
        // A part of a message would keep all of it in memory.
        var builder = JSONBuilder(maximumDepth: Outbox.maximumReplyDepth)
        builder.append(value)
        let copy = try builder.finished()
        values.withLock { $0[Name(key)] = copy }
    }

    /// Takes a key's value away, if it has one.
    public func delete(_ key: String) { values.withLock { $0[Name(key)] = nil } }

    /// The keys that begin with a text, in the order of their bytes.
    public func list(prefix: String = "") -> [String] {
        values.withLock { $0.keys.filter { $0.text.begins(with: prefix) }.sorted() }.map(\.text)
    }
}
