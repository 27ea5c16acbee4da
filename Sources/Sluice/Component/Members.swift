import SluiceJSON
import SluiceSystem

/// The visitor that reads, writes or describes the members of a ``Message``.
public struct Members {
    enum Pass { case read, write, describe }

    let pass: Pass
    let object: JSON
    var builder = JSONBuilder()
    var properties: [Schema.Property] = []
    /// What is wrong with the declaration.
    var mistakes: [String] = []
    /// Which members go together.
    var rules: [MemberRule] = []
    /// Members of which a check does not know whether they are there, and with which values.
    var unknown: [String] = []

    init(_ pass: Pass, of object: JSON) {
        self.pass = pass
        self.object = object
    }

    /// A member that has to be there.
    ///
    /// - Parameter role: What the value is read as. It decides how variables are put into it: a value
    ///   in an expression or a template never becomes code.
    /// - Throws: ``Failure`` with the member's path when it is missing, of another type, or breaks
    ///   the rule.
    public mutating func required<T: Field>(
        _ name: String, _ value: inout T, _ rule: Rule = .none, role: Schema.Role? = nil,
        about: String = ""
    ) throws(Failure) {
        switch pass {
        case .read:
            guard let json = object[name] else {
                guard !unknown.has(name) else { return }
                throw Failure.invalid("the member is missing").under(".\(name)")
            }
            try read(json, name, &value, rule)
        case .write:
            write(name, value)
        case .describe:
            var schema = describing(T.self, rule, name).described(about)
            schema.role = role ?? schema.role
            describe(name, schema, isRequired: true)
        }
    }

    /// A member that may be left out: it then keeps the value it has, which is its default.
    ///
    /// - Parameter role: What the value is read as, as for a required member.
    /// - Throws: ``Failure`` with the member's path when it is of another type or breaks the rule.
    public mutating func optional<T: Field>(
        _ name: String, _ value: inout T, _ rule: Rule = .none, role: Schema.Role? = nil,
        about: String = ""
    ) throws(Failure) {
        switch pass {
        case .read:
            guard let json = object[name] else { return }
            try read(json, name, &value, rule)
        case .write:
            write(name, value)
        case .describe:
            var schema = describing(T.self, rule, name).described(about)
            schema.role = role ?? schema.role
            if !value.isAbsent, let json = try? value.encoded() {
                schema.defaultValue = json
                do {
                    try rule.check(json)
                } catch {
                    mistakes.append("the default of `\(name)` \(error.text)")
                }
            }
            describe(name, schema, isRequired: false)
        }
    }

    /// Which members go together.
    ///
    /// - Throws: ``Failure`` for an object that breaks the rule.
    public mutating func rule(_ rule: MemberRule) throws(Failure) {
        switch pass {
        case .read:
            guard unknown.isEmpty || !rule.names.contains(where: unknown.has) else { return }
            try rule.check(object)
        case .write: break
        case .describe: rules.append(rule)
        }
    }

    /// What the values of members have to be together, once all of them are read.
    ///
    /// A check of a flow asks it too, where it knows all of the named members.
    ///
    /// - Throws: what `check` throws.
    public func rule(
        on names: [String], _ check: () throws(Failure) -> Void
    ) throws(Failure) {
        guard pass == .read else { return }
        guard unknown.isEmpty || !names.contains(where: unknown.has) else { return }
        try check()
    }

    private mutating func describing<T: Field>(
        _ type: T.Type, _ rule: Rule, _ name: String
    ) -> Schema {
        let schema = T.schema
        mistakes += schema.mistakes.map { "`\(name)`: \($0)" }
        if let kinds = rule.kinds, schema.types.isDisjoint(with: kinds) {
            mistakes.append(
                "`\(name)` is \(schema.types.article), and its rule is one for "
                    + kinds.names.joined(separator: " or "))
        }
        return rule.narrowing(schema)
    }

    private mutating func describe(_ name: String, _ schema: Schema, isRequired: Bool) {
        if properties.contains(where: { $0.name.isSame(as: name) }) {
            mistakes.append("two members have the name `\(name)`")
        }
        properties.append(Schema.Property(name, schema, isRequired: isRequired))
    }

    private func read<T: Field>(
        _ json: JSON, _ name: String, _ value: inout T, _ rule: Rule
    ) throws(Failure) {
        do {
            value = try T(json: json)
            try rule.check(json)
        } catch {
            throw error.under(".\(name)")
        }
    }

    private mutating func write<T: Field>(_ name: String, _ value: T) {
        guard !value.isAbsent else { return }
        builder.name(name)
        value.append(to: &builder)
    }
}

/// What a member's value has to be beyond its type; also in the member's schema.
public enum Rule: Sendable {
    /// Nothing more.
    case none
    /// The length of a string in Unicode scalars.
    case length(ClosedRange<Int>)
    /// A string with something other than white space in it.
    case notBlank
    /// The count of an array.
    case items(ClosedRange<Int>)
    /// A number's range.
    case range(ClosedRange<Int>)
    /// One of these strings.
    case oneOf([String])
    /// A value that never appears in logs, traces or descriptions.
    case secret

    /// From `minimum` on.
    public static func atLeast(_ minimum: Int) -> Rule { .range(minimum...Int.max) }

    func check(_ json: JSON) throws(Failure) {
        switch self {
        case .none, .secret:
            return
        case .length(let range):
            guard let string = json.string, !range.contains(string.unicodeScalars.count) else {
                return
            }
            throw .invalid("must have \(Rule.words(range)) characters")
        case .notBlank:
            guard let string = json.string,
                string.unicodeScalars.allSatisfy(\.properties.isWhitespace)
            else { return }
            throw .invalid("must not be blank")
        case .items(let range):
            guard json.kind == .array, !range.contains(json.count) else { return }
            throw .invalid("must have \(Rule.words(range)) items, has \(json.count)")
        case .range(let range):
            guard let number = json.double, let low = Double(exactly: range.lowerBound) ?? nil,
                number < low || (range.upperBound != .max && number > Double(range.upperBound))
            else { return }
            throw .invalid("must be \(Rule.words(range)), found \(json.summary)")
        case .oneOf(let words):
            guard let string = json.string, !words.has(string) else { return }
            let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
            throw .invalid("must be one of \(list), found \(json.summary)")
        }
    }

    /// The kinds of values that the rule is about; nil for all.
    var kinds: Schema.Types? {
        switch self {
        case .none, .secret: nil
        case .length, .notBlank, .oneOf: .string
        case .items: .array
        case .range: .number
        }
    }

    func narrowing(_ schema: Schema) -> Schema {
        var schema = schema
        switch self {
        case .none: break
        case .length(let range):
            schema.minimumLength = range.lowerBound
            schema.maximumLength = range.upperBound == .max ? nil : range.upperBound
        case .notBlank:
            schema.minimumLength = 1
            schema.pattern = ".*[^ \\t\\n\\r].*"
        case .items(let range):
            schema.minimumItems = range.lowerBound
            schema.maximumItems = range.upperBound == .max ? nil : range.upperBound
        case .range(let range):
            schema.minimum = JSON(range.lowerBound)
            schema.maximum = range.upperBound == .max ? nil : JSON(range.upperBound)
        case .oneOf(let words):
            schema.enumeration = words.map { JSON($0) }
        case .secret:
            schema.isSecret = true
        }
        return schema
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
