public import SluiceJSON
import SluiceSystem

extension Schema {
    /// One thing about a value that does not fit.
    public struct Mismatch: Sendable, Equatable {
        /// Where, as the steps from the value checked.
        public var path: [JSONPath.Step]
        /// What is wrong.
        public var text: String
        /// The name that was likely meant, for an unknown member.
        public var suggestion: String?
        /// Whether the name of the member is wrong rather than its value.
        public var isAboutName = false
        /// Whether a member that has to be there is missing; `path` is that of the object.
        public var isMissing = false
    }

    /// Everything about `value` that does not fit, in document order.
    public func mismatches(_ value: JSON) -> [Mismatch] {
        var check = SchemaCheck(of: value)
        check.apply(self, to: value, at: [])
        return check.result
    }
}

/// One check of a value against a schema: what has been found, and how much work it was.
struct SchemaCheck {
    let root: JSON
    var found: [Schema.Mismatch] = []
    private var targets: [Target: Schema] = [:]
    var expressions: [Name: IRegexp?] = [:]
    private var depth = 0
    private var combinations = 0
    private var limit = SchemaCheck.combinations.least
    private var isExhausted = false
    private var isSecret = false

    private struct Target: Hashable {
        let document: ObjectIdentifier
        let pointer: Name
    }

    /// How many schemas combinations and references may apply in one check, and how many more for each
    /// byte of the value: a short document of references can ask for more work than anybody waits for.
    static let combinations = (least: 100_000, forEachByte: 100)
    /// How deep schemas may be applied in each other, which bounds the stack.
    static let maximumDepth = FlowLimits.schemaDepth

    init(of value: JSON) { root = value }

    /// What does not fit, in document order.
    var result: [Schema.Mismatch] {
        guard isExhausted else { return found }
        let text =
            "takes too much work to check by this schema: make the value smaller, or the schema simpler"
        return found + [Schema.Mismatch(path: [], text: text)]
    }

    mutating func apply(_ schema: Schema, to value: JSON, at path: [JSONPath.Step]) {
        guard !isExhausted, schema != .any else { return }
        guard depth < Self.maximumDepth else {
            isExhausted = true
            return
        }
        let wasSecret = isSecret
        isSecret = isSecret || schema.isSecret
        depth += 1
        defer {
            depth -= 1
            isSecret = wasSecret
        }
        guard schema.allowsKind(of: value) else {
            let text =
                schema.types.isEmpty
                ? schema.exclusion : "must be \(schema.types.article)\(found(value))"
            return note(text, at: path)
        }
        if let enumeration = schema.enumeration, !enumeration.contains(value) {
            let list =
                isSecret
                ? "the values that its schema lists"
                : enumeration.map(\.text).joined(separator: ", ")
            let text =
                enumeration.isEmpty
                ? schema.exclusion : "must be one of \(list)\(found(value))"
            return note(text, at: path)
        }
        switch value.kind {
        case .object: checkMembers(schema, value, path)
        case .array: checkElements(schema, value, path)
        case .string: checkString(schema, value, path)
        case .number: checkNumber(schema, value, path)
        case .null, .bool: break
        }
        if !schema.anyOf.isEmpty { checkAlternatives(schema.anyOf, value, path) }
        for assertion in schema.assertions { check(assertion, value, path) }
    }

    /// What was found instead, unless it is secret.
    func found(_ value: JSON) -> String { isSecret ? "" : ", found \(value.summary)" }

    mutating func note(_ text: String, at path: [JSONPath.Step]) {
        found.append(Schema.Mismatch(path: path, text: text))
    }

    // MARK: Plain rules

    mutating func checkMembers(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        for property in schema.properties where property.isRequired && value[property.name] == nil {
            found.append(
                Schema.Mismatch(path: path, text: "`\(property.name)` is missing", isMissing: true))
        }
        for member in value.members {
            let place = path + [.name(member.name)]
            let property = schema.property(member.name)
            if let property { apply(property.schema, to: member.value, at: place) }
            var isNamed = property != nil
            for rule in schema.patternProperties where matches(rule.pattern, member.name) {
                apply(rule.schema, to: member.value, at: place)
                isNamed = true
            }
            if isNamed { continue }
            if !schema.allowsOtherMembers {
                let near = Spelling.closest(to: member.name, among: schema.properties.map(\.name))
                found.append(
                    Schema.Mismatch(
                        path: place, text: "unknown member `\(member.name)`", suggestion: near,
                        isAboutName: true))
            } else if let other = schema.otherMembers.first {
                apply(other, to: member.value, at: place)
            }
        }
    }

    mutating func checkElements(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        if let least = schema.minimumItems, value.count < least {
            note(
                "must have at least \(Schema.counted(least, "item")), has \(value.count)", at: path)
        }
        if let most = schema.maximumItems, value.count > most {
            note("must have at most \(Schema.counted(most, "item")), has \(value.count)", at: path)
        }
        if !schema.prefixItems.isEmpty || !schema.items.isEmpty {
            for (index, element) in value.elements.enumerated() {
                let rule =
                    index < schema.prefixItems.count
                    ? schema.prefixItems[index] : schema.items.first
                if let rule { apply(rule, to: element, at: path + [.index(index)]) }
            }
        }
        guard schema.hasUniqueItems else { return }
        var seen: [JSON] = []
        for (index, element) in value.elements.enumerated() {
            if let first = seen.firstIndex(of: element) {
                note(
                    "must differ from the element [\(first)]\(found(element))",
                    at: path + [.index(index)])
            }
            seen.append(element)
        }
    }

    mutating func checkString(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        guard let string = value.string else { return }
        let length = string.unicodeScalars.count
        if let least = schema.minimumLength, length < least {
            return note(
                length == 0
                    ? "must not be empty"
                    : "must have at least \(Schema.counted(least, "character"))",
                at: path)
        }
        if let most = schema.maximumLength, length > most {
            note("must have at most \(Schema.counted(most, "character"))", at: path)
        }
        if let pattern = schema.pattern, !matches(pattern, string) {
            note("must match `\(pattern)`", at: path)
        }
    }

    mutating func checkNumber(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        guard let number = value.number else { return }
        if let least = schema.minimum?.number, number < least {
            note("must be at least \(least.text)\(found(value))", at: path)
        }
        if let most = schema.maximum?.number, number > most {
            note("must be at most \(most.text)\(found(value))", at: path)
        }
    }

    /// Whether a pattern is found in a text; one that is no expression rules nothing out.
    mutating func matches(_ pattern: String, _ text: String) -> Bool {
        let name = Name(pattern)
        let known = expressions[name]
        let expression = known ?? (try? IRegexp(pattern))
        if known == nil { expressions[name] = expression }
        return expression?.searches(text) ?? true
    }

    // MARK: Combinations

    mutating func combine(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        guard countCombination() else { return }
        apply(schema, to: value, at: path)
    }

    /// What does not fit a schema by itself, by paths from the value.
    mutating func mismatches(of schema: Schema, _ value: JSON) -> [Schema.Mismatch] {
        guard countCombination() else { return [] }
        let outer = found
        found = []
        apply(schema, to: value, at: [])
        defer { found = outer }
        return found
    }

    mutating func countCombination() -> Bool {
        combinations += 1
        guard combinations > limit else { return !isExhausted }
        // The size of a value takes time to know, and few checks need it.
        limit = Self.combinations.least + root.textByteCount * Self.combinations.forEachByte
        isExhausted = isExhausted || combinations > limit
        return !isExhausted
    }

    mutating func target(of reference: Schema.Reference) -> Schema? {
        let key = Target(
            document: ObjectIdentifier(reference.document), pointer: Name(reference.pointer))
        if let known = targets[key] { return known }
        // Every reference was checked when its schema was read.
        let target = try? reference.target()
        targets[key] = target
        return target
    }
}

extension Schema.Mismatch {
    /// A sentence about what was checked, such as "the parameter `n`".
    package func sentence(about subject: String) -> String {
        let steps = (isAboutName ? path.dropLast() : path[...]).map(\.pathText).joined()
        let place = steps.isEmpty ? "" : ", at `$\(steps)`,"
        if isAboutName, text.begins(with: "unknown") {
            return "\(subject)\(place) has an \(text): correct its name, or leave it out"
        }
        // Some texts are about a member and name it.
        guard isAboutName || text.begins(with: "`") else { return "\(subject)\(place) \(text)" }
        return "in \(subject)\(place.isEmpty ? "," : place) \(text)"
    }
}

extension Schema {
    /// What fits, in a few words.
    var form: String {
        if let enumeration { return enumeration.map(\.text).joined(separator: ", ") }
        let required = properties.filter(\.isRequired).map { "`\($0.name)`" }
        guard types == .object, !required.isEmpty else { return types.article }
        return "an object with \(required.joined(separator: " and "))"
    }

    /// A number with its noun, such as `1 item`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// Why there is to be no value.
    var exclusion: String {
        "must be left out: \(about.isEmpty ? "its schema allows no value" : about)"
    }

    /// What is wrong where a number of alternatives fits of which one has to; nil where that is said by
    /// what the alternatives want, or nothing is wrong.
    static func text(ofChoice schemas: [Schema], fitting: Int) -> String? {
        guard fitting != 1 else { return nil }
        if let names = soleMembers(of: schemas) { return choiceText(names, fitting: fitting) }
        guard fitting > 1 else { return nil }
        return "must fit just one of \(schemas.count) alternatives, fits \(fitting)"
    }

    /// Whether ``form`` tells it from other schemas.
    var saysItsForm: Bool {
        enumeration != nil || (types != .any && minimum == nil && maximum == nil && pattern == nil)
    }

    /// Whether the kind of the value is one of those that fit.
    fileprivate func allowsKind(of value: JSON) -> Bool {
        guard !types.isDisjoint(with: Types(of: value)) else { return false }
        guard value.kind == .number, !types.contains(.number) else { return true }
        return types.contains(.integer) && value.number?.isInteger == true
    }
}
