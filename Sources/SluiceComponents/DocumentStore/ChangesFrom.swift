import Sluice
import SluiceJSON
import SluiceStore

/// Where `change` begins: `"now"`, `"start"`, behind a revision, or at `{"cursor": NAME}`.
enum ChangesFrom: Field, Equatable {
    case now
    case start
    case revision(Int)
    case cursor(String)

    private struct Cursor: Message {
        var cursor = ""

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "cursor", &cursor, .length(1...1000),
                about: "The name under which the store keeps how far the changes are handled")
        }
    }

    static var schema: Schema {
        var words = Schema(.string)
        words.enumeration = ["now", "start"]
        var revision = Schema(.integer)
        revision.minimum = 0
        var cursor = Cursor.schema
        cursor.allowsOtherMembers = false
        var schema = Schema([.string, .integer, .object])
        schema.anyOf = [words, revision, cursor]
        return schema
    }

    init(json: JSON) throws(Failure) {
        switch (json.kind, json.string) {
        case (_, "now"): self = .now
        case (_, "start"): self = .start
        case (.object, _):
            let name = try Cursor(json: json).cursor
            guard !Name(name).isOwn else {
                throw .invalid(
                    "names that begin with `\(Name.ownPrefix)` are the store's own")
            }
            self = .cursor(name)
        default:
            guard let revision = json.int, revision >= 0 else {
                throw .invalid(
                    "must be \"now\", \"start\", a revision or {\"cursor\": name}")
            }
            self = .revision(revision)
        }
    }

    func append(to builder: inout JSONBuilder) {
        switch self {
        case .now: builder.append("now")
        case .start: builder.append("start")
        case .revision(let revision): builder.append(revision)
        case .cursor(let name): Cursor(cursor: name).append(to: &builder)
        }
    }
}
