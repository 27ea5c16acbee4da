public import SluiceJSON

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
    private let root: JSON
    private var found: [Schema.Mismatch] = []
    private var targets: [Target: Schema] = [:]
    private var expressions: [Name: IRegexp?] = [:]
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
    private static let combinations = (least: 100_000, forEachByte: 100)
    /// How deep schemas may be applied in each other, which bounds the stack.
    private static let maximumDepth = 1000

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
    private func found(_ value: JSON) -> String { isSecret ? "" : ", found \(value.summary)" }

    private mutating func note(_ text: String, at path: [JSONPath.Step]) {
        found.append(Schema.Mismatch(path: path, text: text))
    }

    // MARK: Plain rules

    private mutating func checkMembers(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
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

    private mutating func checkElements(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
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

    private mutating func checkString(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
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

    private mutating func checkNumber(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        guard let number = value.number else { return }
        if let least = schema.minimum?.number, number < least {
            note("must be at least \(least.text)\(found(value))", at: path)
        }
        if let most = schema.maximum?.number, number > most {
            note("must be at most \(most.text)\(found(value))", at: path)
        }
    }

    /// Whether a pattern is found in a text; one that is no expression rules nothing out.
    private mutating func matches(_ pattern: String, _ text: String) -> Bool {
        let name = Name(pattern)
        let known = expressions[name]
        let expression = known ?? (try? IRegexp(pattern))
        if known == nil { expressions[name] = expression }
        return expression?.searches(text) ?? true
    }

    // MARK: Assertions

    // Each kind has a function of its own, so that the one that is recursive takes little of the stack.
    private mutating func check(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        switch assertion {
        case .above, .below, .multipleOf: checkNumber(assertion, value, path)
        case .maximumBytes: checkBytes(assertion, value, path)
        case .minimumProperties, .maximumProperties, .propertyNames, .dependentRequired,
            .dependentSchema:
            if value.kind == .object { checkObject(assertion, value, path) }
        case .contains:
            if value.kind == .array { checkContents(assertion, value, path) }
        case .allOf: checkAll(assertion, value, path)
        case .oneOf: checkOne(assertion, value, path)
        case .not: checkNot(assertion, value, path)
        case .conditional: checkCondition(assertion, value, path)
        case .reference: checkReference(assertion, value, path)
        case .annotation: break
        }
    }

    private mutating func checkBytes(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .maximumBytes(let most) = assertion, let count = value.string?.utf8.count,
            count > most
        else { return }
        note("must have at most \(Schema.counted(most, "byte")), has \(count)", at: path)
    }

    private mutating func checkAll(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .allOf(let schemas) = assertion else { return }
        for schema in schemas { combine(schema, value, path) }
    }

    private mutating func checkOne(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .oneOf(let schemas) = assertion else { return }
        let fitting = schemas.count { mismatches(of: $0, value).isEmpty }
        if let text = Schema.text(ofChoice: schemas, fitting: fitting) {
            let isMissing = fitting == 0 && Schema.soleMembers(of: schemas) != nil
            found.append(Schema.Mismatch(path: path, text: text, isMissing: isMissing))
        } else if fitting == 0 {
            checkAlternatives(schemas, value, path)
        }
    }

    private mutating func checkNot(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .not(let schema) = assertion, mismatches(of: schema, value).isEmpty else {
            return
        }
        note("must not fit the schema under `not`\(found(value))", at: path)
    }

    private mutating func checkCondition(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .conditional(let condition, let then, let otherwise) = assertion else { return }
        let next = mismatches(of: condition, value).isEmpty ? then : otherwise
        if let next { combine(next, value, path) }
    }

    private mutating func checkReference(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .reference(let reference) = assertion, let target = target(of: reference) else {
            return
        }
        combine(target, value, path)
    }

    private mutating func checkNumber(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard let number = value.number else { return }
        switch assertion {
        case .above(let bound):
            guard let least = bound.number, !(number > least) else { return }
            note("must be more than \(least.text)\(found(value))", at: path)
        case .below(let bound):
            guard let most = bound.number, !(number < most) else { return }
            note("must be less than \(most.text)\(found(value))", at: path)
        case .multipleOf(let json):
            guard let divisor = json.number.flatMap(Divisor.init), !divisor.divides(number) else {
                return
            }
            note("must be a multiple of \(json.text)\(found(value))", at: path)
        default: break
        }
    }

    private mutating func checkObject(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        switch assertion {
        case .minimumProperties(let least):
            guard value.count < least else { return }
            note(
                "must have at least \(Schema.counted(least, "member")), has \(value.count)",
                at: path)
        case .maximumProperties(let most):
            guard value.count > most else { return }
            note(
                "must have at most \(Schema.counted(most, "member")), has \(value.count)", at: path)
        case .propertyNames(let schema):
            for member in value.members {
                guard let mismatch = mismatches(of: schema, JSON(member.name)).first else {
                    continue
                }
                found.append(
                    Schema.Mismatch(
                        path: path + [.name(member.name)],
                        text: "the name `\(member.name)` \(mismatch.text)", isAboutName: true))
            }
        case .dependentRequired(let name, let needed):
            guard value[name] != nil else { return }
            for other in needed where value[other] == nil {
                found.append(
                    Schema.Mismatch(
                        path: path, text: Schema.neededText(other, by: name), isMissing: true))
            }
        case .dependentSchema(let name, let schema):
            if value[name] != nil { combine(schema, value, path) }
        default: break
        }
    }

    private mutating func checkContents(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .contains(let schema, let least, let most) = assertion else { return }
        var count = 0
        for element in value.elements where mismatches(of: schema, element).isEmpty { count += 1 }
        if count < least {
            note(
                "must have at least \(Schema.counted(least, "item")) like `contains`, has \(count)",
                at: path)
        }
        if let most, count > most {
            note(
                "must have at most \(Schema.counted(most, "item")) like `contains`, has \(count)",
                at: path)
        }
    }

    /// Says what is wrong where none of the alternatives fits.
    private mutating func checkAlternatives(
        _ alternatives: [Schema], _ value: JSON, _ path: [JSONPath.Step]
    ) {
        var candidates: [[Schema.Mismatch]] = []
        for alternative in alternatives {
            let mismatches = mismatches(of: alternative, value)
            if mismatches.isEmpty { return }
            if !alternative.types.isDisjoint(with: Schema.Types(of: value)) {
                candidates.append(mismatches)
            }
        }
        // The alternative that comes nearest says most about what is wrong.
        let nearest = candidates.min { $0.count < $1.count }
        let isAboutAll = nearest?.allSatisfy(\.path.isEmpty) ?? true
        if alternatives.count > 1, isAboutAll, alternatives.allSatisfy(\.saysItsForm) {
            let forms = alternatives.map(\.form).joined(separator: ", or ")
            let words = alternatives.flatMap { $0.enumeration ?? [] }.compactMap(\.string)
            let near = value.string.flatMap { Spelling.closest(to: $0, among: words) }
            found.append(
                Schema.Mismatch(
                    path: path, text: "must be \(forms)\(found(value))", suggestion: near))
        } else if let nearest, alternatives.count == 1 || !isAboutAll {
            found += nearest.map { mismatch in
                var mismatch = mismatch
                mismatch.path = path + mismatch.path
                return mismatch
            }
        } else {
            note("must fit one of \(alternatives.count) alternatives, fits none", at: path)
        }
    }

    // MARK: Combinations

    private mutating func combine(_ schema: Schema, _ value: JSON, _ path: [JSONPath.Step]) {
        guard countCombination() else { return }
        apply(schema, to: value, at: path)
    }

    /// What does not fit a schema by itself, by paths from the value.
    private mutating func mismatches(of schema: Schema, _ value: JSON) -> [Schema.Mismatch] {
        guard countCombination() else { return [] }
        let outer = found
        found = []
        apply(schema, to: value, at: [])
        defer { found = outer }
        return found
    }

    private mutating func countCombination() -> Bool {
        combinations += 1
        guard combinations > limit else { return !isExhausted }
        // The size of a value takes time to know, and few checks need it.
        limit = Self.combinations.least + root.textByteCount * Self.combinations.forEachByte
        isExhausted = isExhausted || combinations > limit
        return !isExhausted
    }

    private mutating func target(of reference: Schema.Reference) -> Schema? {
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
    fileprivate var form: String {
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
    fileprivate var saysItsForm: Bool {
        enumeration != nil || (types != .any && minimum == nil && maximum == nil && pattern == nil)
    }

    /// Whether the kind of the value is one of those that fit.
    fileprivate func allowsKind(of value: JSON) -> Bool {
        guard !types.isDisjoint(with: Types(of: value)) else { return false }
        guard value.kind == .number, !types.contains(.number) else { return true }
        return types.contains(.integer) && value.number?.isInteger == true
    }
}
