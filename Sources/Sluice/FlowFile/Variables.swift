public import SluiceJSON
import SluiceSystem

/// What `${NAME}` stands for.
struct Variables {
    /// A parameter of the flow with its value.
    struct Parameter {
        var schema: Schema
        var value: JSON
        /// Whether nobody has given a value: ``value`` is one that fits, for checks.
        var isUnknown = false
        /// Where a path starts that is the value, if not at the folder of the file that uses it: at the
        /// current folder where it was given on the command line, at that of the file which gives it to a
        /// sub-flow.
        var folder: String?
    }

    /// Parameters of the flow that have a value.
    var parameters: [String: Parameter] = [:]
    /// Parameters whose value is missing or wrong, which has been noted.
    var broken: Set<String> = []
    /// Parameters without a value.
    var unset: Set<String> = []
    /// Text variables: from a file, then from the environment.
    var lookUp: @Sendable (String) -> String?

    /// Whether the flow declares the parameter.
    func declares(_ name: String) -> Bool {
        parameters[name] != nil || broken.contains(name) || unset.contains(name)
    }
}

extension Schema {
    /// A text of a command line or the environment as the value that is wanted.
    ///
    /// Where a string is the only thing that fits, `12` is the string; elsewhere it is read as JSON if
    /// it is JSON. A JSON string stands for what it spells in both.
    public func value(ofText text: String) -> JSON {
        guard let json = try? JSON(parsing: text) else { return JSON(text) }
        return possibleTypes == .string && json.kind != .string ? JSON(text) : json
    }

    /// A value that fits this schema and, if possible, another; for checks without a value.
    func sample(for wanted: Schema, named name: String) -> JSON {
        func candidates(_ schema: Schema) -> [JSON] {
            [schema.example, schema.defaultValue].compactMap(\.self) + (schema.enumeration ?? [])
                + [schema.minimum, schema.maximum].compactMap(\.self)
                + schema.anyOf.flatMap { $0.enumeration ?? [] }
        }
        let general: [JSON] = [JSON(name), 1, 0, true, [], [:], .null]
        let all = candidates(self) + candidates(wanted) + general
        let own = all.filter { mismatches($0).isEmpty }
        return own.first { wanted.mismatches($0).isEmpty } ?? own.first ?? JSON(name)
    }
}
