import Sluice
import SluiceJSON

/// Whether a file's first row names the columns: `true`, `false`, or `"strict"`.
enum CSVHeader: Field, Equatable {
    /// It does; names that are empty or there twice are replaced.
    case found
    /// It does, and every name is one of its own.
    case strict
    /// It does not.
    case none

    static var schema: Schema {
        var schema = Schema([.boolean, .string])
        schema.enumeration = [true, false, "strict"]
        return schema
    }

    init(json: JSON) throws(Failure) {
        switch (json.bool, json.string) {
        case (true, _): self = .found
        case (false, _): self = .none
        case (_, "strict"): self = .strict
        default: throw .invalid("must be true, false or \"strict\"")
        }
    }

    func append(to builder: inout JSONBuilder) {
        switch self {
        case .found: builder.append(true)
        case .strict: builder.append("strict")
        case .none: builder.append(false)
        }
    }
}
