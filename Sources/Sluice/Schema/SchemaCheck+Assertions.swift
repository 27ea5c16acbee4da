import SluiceJSON

// Rules beyond those that fields of a schema have.
extension SchemaCheck {
    // Each kind has a function of its own, so that the one that is recursive takes little of the stack.
    mutating func check(
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

    mutating func checkBytes(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .maximumBytes(let most) = assertion, let count = value.string?.utf8.count,
            count > most
        else { return }
        note("must have at most \(Schema.counted(most, "byte")), has \(count)", at: path)
    }

    mutating func checkAll(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .allOf(let schemas) = assertion else { return }
        for schema in schemas { combine(schema, value, path) }
    }

    mutating func checkOne(
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

    mutating func checkNot(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .not(let schema) = assertion, mismatches(of: schema, value).isEmpty else {
            return
        }
        note("must not fit the schema under `not`\(found(value))", at: path)
    }

    mutating func checkCondition(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .conditional(let condition, let then, let otherwise) = assertion else { return }
        let next = mismatches(of: condition, value).isEmpty ? then : otherwise
        if let next { combine(next, value, path) }
    }

    mutating func checkReference(
        _ assertion: Schema.Assertion, _ value: JSON, _ path: [JSONPath.Step]
    ) {
        guard case .reference(let reference) = assertion, let target = target(of: reference) else {
            return
        }
        combine(target, value, path)
    }

    mutating func checkNumber(
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

    mutating func checkObject(
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

    mutating func checkContents(
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
    mutating func checkAlternatives(
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
}
