import Sluice
import SluiceJSON
import SluiceLogStore

/// When a write counts as done: `"always"`, `{"everyMs": n}` or `"never"`.
enum SyncSetting: Field, Equatable, CustomStringConvertible {
    case always
    case every(milliseconds: Int)
    case never

    private struct Interval: Message {
        var everyMs = 0

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("everyMs", &everyMs, .atLeast(1), about: "Milliseconds between syncs")
        }
    }

    static var schema: Schema {
        var words = Schema(.string)
        words.enumeration = ["always", "never"]
        var interval = Interval.schema
        interval.allowsOtherMembers = false
        var schema = Schema([.string, .object])
        schema.anyOf = [words, interval]
        return schema
    }

    init(json: JSON) throws(Failure) {
        switch (json.kind, json.string) {
        case (_, "always"): self = .always
        case (_, "never"): self = .never
        case (.object, _): self = .every(milliseconds: try Interval(json: json).everyMs)
        default: throw .invalid("must be \"always\", \"never\" or {\"everyMs\": n}")
        }
    }

    func append(to builder: inout JSONBuilder) {
        switch self {
        case .always: builder.append("always")
        case .never: builder.append("never")
        case .every(let milliseconds): Interval(everyMs: milliseconds).append(to: &builder)
        }
    }

    /// As in a flow file.
    var description: String {
        switch self {
        case .always: "\"always\""
        case .never: "\"never\""
        case .every(let milliseconds): "{\"everyMs\": \(milliseconds)}"
        }
    }

    var storeSync: LogStore.Sync {
        switch self {
        case .always: .always
        case .every(let milliseconds): .every(milliseconds: milliseconds)
        case .never: .never
        }
    }
}
