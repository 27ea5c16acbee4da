internal import SluiceJSON

extension Schema {
    /// Why no value of this shape fits `wanted`; empty where one may.
    ///
    /// What a check says of an edge: every message of the source's shape, or every value of its
    /// template, would be refused. An optional member or a wide type is no conflict.
    public func conflicts(with wanted: Schema) -> [Mismatch] { conflicts(with: wanted, at: []) }

    private func conflicts(with wanted: Schema, at path: [JSONPath.Step]) -> [Mismatch] {
        if wanted.enumeration?.isEmpty == true {
            return [Mismatch(path: path, text: wanted.exclusion)]
        }
        if wanted.role == .expression, let broken = brokenExpression {
            return [Mismatch(path: path, text: broken)]
        }
        if let enumeration, !enumeration.isEmpty {
            let found = enumeration.map { wanted.mismatches($0) }
            guard let first = found.first, !found.contains(where: \.isEmpty) else { return [] }
            return first.map { $0.moved(under: path) }
        }
        guard !possibleTypes.isDisjoint(with: wanted.possibleTypes) else {
            let text =
                "must be \(wanted.possibleTypes.article), found \(possibleTypes.article)"
            return [Mismatch(path: path, text: text)]
        }
        if !anyOf.isEmpty {
            let found = anyOf.map { $0.conflicts(with: wanted, at: path) }
            return found.contains(where: \.isEmpty) ? [] : found.first ?? []
        }
        var found: [Mismatch] = []
        if possibleTypes == .object { found += memberConflicts(with: wanted, at: path) }
        if possibleTypes == .array { found += elementConflicts(with: wanted, at: path) }
        for assertion in wanted.assertions { found += conflicts(with: assertion, at: path) }
        if found.isEmpty, !wanted.anyOf.isEmpty {
            let alternatives = wanted.anyOf.map { conflicts(with: $0, at: path) }
            guard !alternatives.contains(where: \.isEmpty) else { return [] }
            if let only = alternatives.first, alternatives.count == 1 { return only }
            let text = "must fit one of \(alternatives.count) alternatives, fits none"
            return [Mismatch(path: path, text: text)]
        }
        return found
    }

    /// What is wrong with the expressions that the schema allows, where all of them are broken or fail
    /// for every value.
    private var brokenExpression: String? {
        var broken: String?
        for text in enumeration?.compactMap(\.string) ?? [] {
            do throws(ExpressionError) {
                let expression = try Expression(text, allowsArguments: true)
                guard let problem = expression.failuresOfQuery.first else { return nil }
                broken = "always fails: `\(text)`, byte \(problem.offset): \(problem.message)"
            } catch {
                broken = "is no expression: \(error)"
            }
        }
        return broken
    }

    /// Why no value of this shape keeps to a rule.
    private func conflicts(
        with rule: Assertion, at path: [JSONPath.Step]
    ) -> [Mismatch] {
        switch rule {
        case .allOf(let schemas):
            return schemas.flatMap { conflicts(with: $0, at: path) }
        case .oneOf(let schemas):
            let sure = schemas.count { alwaysFits($0) }
            let mayFit = schemas.contains { conflicts(with: $0, at: path).isEmpty }
            guard sure > 1 || !mayFit else { return [] }
            let text = Schema.text(ofChoice: schemas, fitting: sure)
            let other = "must fit one of \(schemas.count) alternatives, fits none"
            let isMissing = sure == 0 && Schema.soleMembers(of: schemas) != nil
            return [Mismatch(path: path, text: text ?? other, isMissing: isMissing)]
        case .dependentRequired(let name, let needed):
            guard possibleTypes == .object, property(name)?.isRequired == true else { return [] }
            let missing = needed.filter { !allowsOtherMembers && property($0) == nil }
            return missing.map {
                Mismatch(path: path, text: Schema.neededText($0, by: name), isMissing: true)
            }
        case .conditional(let condition, let then, let otherwise):
            if alwaysFits(condition) { return then.map { conflicts(with: $0, at: path) } ?? [] }
            guard !conflicts(with: condition, at: path).isEmpty else { return [] }
            return otherwise.map { conflicts(with: $0, at: path) } ?? []
        default:
            return []
        }
    }

    /// Whether every value of this shape fits `wanted`, as far as that is plain to see.
    private func alwaysFits(_ wanted: Schema) -> Bool {
        if wanted == .any { return true }
        if !anyOf.isEmpty { return anyOf.allSatisfy { $0.alwaysFits(wanted) } }
        if let enumeration, !enumeration.isEmpty {
            return enumeration.allSatisfy { wanted.mismatches($0).isEmpty }
        }
        var rest = wanted
        rest.properties = []
        rest.types.insert(.any)
        guard possibleTypes == .object, wanted.types.contains(.object), rest == .any,
            !allowsOtherMembers
        else { return false }
        return wanted.properties.allSatisfy { other in
            guard let own = property(other.name) else { return !other.isRequired }
            return (own.isRequired || !other.isRequired) && own.schema.alwaysFits(other.schema)
        }
    }

    private func memberConflicts(with wanted: Schema, at path: [JSONPath.Step]) -> [Mismatch] {
        var found: [Mismatch] = []
        for property in wanted.properties where property.isRequired {
            guard !allowsOtherMembers, self.property(property.name) == nil else { continue }
            let strays = properties.map(\.name).filter { wanted.property($0) == nil }
            let near = Spelling.closest(to: property.name, among: strays)
            found.append(
                Mismatch(
                    path: path,
                    text: "`\(property.name)` is missing"
                        + (near.map { "; `\($0)` is not one of its names" } ?? ""),
                    isMissing: true))
        }
        for property in properties where property.isRequired {
            let place = path + [.name(property.name)]
            if let other = wanted.property(property.name) {
                found += property.schema.conflicts(with: other.schema, at: place)
            } else if !wanted.patternProperties.isEmpty {
                continue
            } else if !wanted.allowsOtherMembers {
                found.append(wanted.unknownMember(property.name, at: place))
            } else if let other = wanted.otherMembers.first {
                found += property.schema.conflicts(with: other, at: place)
            }
        }
        return found
    }

    private func elementConflicts(with wanted: Schema, at path: [JSONPath.Step]) -> [Mismatch] {
        if let least = wanted.minimumItems, let most = maximumItems, most < least {
            return [
                Mismatch(
                    path: path,
                    text: "must have at least \(Self.counted(least, "item")), has \(most)")
            ]
        }
        if let most = wanted.maximumItems, let least = minimumItems, least > most {
            return [
                Mismatch(
                    path: path,
                    text: "must have at most \(Self.counted(most, "item")), has \(least)")
            ]
        }
        guard let own = items.first, let other = wanted.items.first, minimumItems ?? 0 > 0,
            prefixItems.isEmpty, wanted.prefixItems.isEmpty
        else { return [] }
        return own.conflicts(with: other, at: path + [.index(0)])
    }

    /// The members that values of this shape are sure to have, or a template names, and that
    /// `wanted`, though it names members, does not know: it would ignore them.
    public func strays(of wanted: Schema) -> [Mismatch] { strays(of: wanted, at: []) }

    private func strays(of wanted: Schema, at path: [JSONPath.Step]) -> [Mismatch] {
        guard wanted.anyOf.isEmpty, wanted.otherMembers.isEmpty, !wanted.properties.isEmpty,
            wanted.patternProperties.isEmpty,
            wanted.assertions.allSatisfy({ $0.speaksOnly(of: wanted.properties.map(\.name)) })
        else { return [] }
        let sure = properties.filter { $0.isRequired || $0.isNamedByTemplate }
        return sure.flatMap { property -> [Mismatch] in
            let place = path + [.name(property.name)]
            guard let other = wanted.property(property.name) else {
                return [wanted.unknownMember(property.name, at: place)]
            }
            return property.schema.strays(of: other.schema, at: place)
        }
    }

    private func unknownMember(_ name: String, at path: [JSONPath.Step]) -> Mismatch {
        Mismatch(
            path: path, text: "unknown member `\(name)`",
            suggestion: Spelling.closest(to: name, among: properties.map(\.name)),
            isAboutName: true)
    }
}

extension Schema.Mismatch {
    fileprivate func moved(under steps: [JSONPath.Step]) -> Schema.Mismatch {
        var mismatch = self
        mismatch.path = steps + path
        return mismatch
    }
}
