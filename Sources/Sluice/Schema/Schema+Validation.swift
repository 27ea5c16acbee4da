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
        var found: [Mismatch] = []
        collect(value, [], &found)
        return found
    }

    private func collect(_ value: JSON, _ path: [JSONPath.Step], _ found: inout [Mismatch]) {
        guard !types.isDisjoint(with: Types(of: value)) && fitsNumberKind(value) else {
            let wanted = types.names.joined(separator: " or ")
            found.append(Mismatch(path: path, text: "must be \(wanted)\(what(value))"))
            return
        }
        if let enumeration, !enumeration.contains(value) {
            let list = enumeration.map(\.text).joined(separator: ", ")
            found.append(
                Mismatch(path: path, text: "must be one of \(list)\(what(value))"))
            return
        }
        switch value.kind {
        case .object: collectMembers(value, path, &found)
        case .array: collectItems(value, path, &found)
        case .string: collectString(value, path, &found)
        case .number: collectNumber(value, path, &found)
        case .null, .bool: break
        }
        if !anyOf.isEmpty, !anyOf.contains(where: { $0.mismatches(value).isEmpty }) {
            // The alternative that comes nearest says most about what is wrong.
            let candidates = anyOf.filter { !$0.types.isDisjoint(with: Types(of: value)) }
                .map { $0.mismatches(value) }
            let nearest = candidates.min { $0.count < $1.count }
            if anyOf.count > 1, nearest?.allSatisfy(\.path.isEmpty) ?? true {
                let forms = anyOf.map(\.form).joined(separator: ", or ")
                let words = anyOf.flatMap { $0.enumeration ?? [] }.compactMap(\.string)
                let near = value.string.flatMap { Spelling.closest(to: $0, among: words) }
                found.append(
                    Mismatch(path: path, text: "must be \(forms)\(what(value))", suggestion: near))
            } else if let nearest,
                candidates.count == 1 || nearest.contains(where: { !$0.path.isEmpty })
            {
                found += nearest.map { mismatch in
                    var mismatch = mismatch
                    mismatch.path = path + mismatch.path
                    return mismatch
                }
            } else {
                found.append(Mismatch(path: path, text: "fits none of the alternatives"))
            }
        }
    }

    /// What fits, in a few words.
    private var form: String {
        if let enumeration { return enumeration.map(\.text).joined(separator: ", ") }
        let required = properties.filter(\.isRequired).map { "`\($0.name)`" }
        guard types == .object, !required.isEmpty else { return types.article }
        return "an object with \(required.joined(separator: " and "))"
    }

    /// A number with its noun, such as `1 item`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// What was found instead, unless it is secret.
    private func what(_ value: JSON) -> String { isSecret ? "" : ", found \(value.summary)" }

    private func fitsNumberKind(_ value: JSON) -> Bool {
        guard value.kind == .number, !types.contains(.number) else { return true }
        return types.contains(.integer) && value.number?.isInteger == true
    }

    private func collectMembers(
        _ value: JSON, _ path: [JSONPath.Step], _ found: inout [Mismatch]
    ) {
        for property in properties where property.isRequired && value[property.name] == nil {
            found.append(
                Mismatch(path: path, text: "`\(property.name)` is missing", isMissing: true))
        }
        for member in value.members {
            let place = path + [.name(member.name)]
            if let property = property(member.name) {
                property.schema.collect(member.value, place, &found)
            } else if !allowsOtherMembers {
                let near = Spelling.closest(to: member.name, among: properties.map(\.name))
                found.append(
                    Mismatch(
                        path: place, text: "unknown member `\(member.name)`", suggestion: near,
                        isAboutName: true))
            } else if let other = otherMembers.first {
                other.collect(member.value, place, &found)
            }
        }
    }

    private func collectItems(_ value: JSON, _ path: [JSONPath.Step], _ found: inout [Mismatch]) {
        if let minimumItems, value.count < minimumItems {
            found.append(
                Mismatch(
                    path: path,
                    text:
                        "must have at least \(Self.counted(minimumItems, "item")), has \(value.count)"
                ))
        }
        if let maximumItems, value.count > maximumItems {
            found.append(
                Mismatch(
                    path: path,
                    text:
                        "must have at most \(Self.counted(maximumItems, "item")), has \(value.count)"
                )
            )
        }
        for (index, element) in value.elements.enumerated() {
            items.first?.collect(element, path + [.index(index)], &found)
        }
        guard hasUniqueItems else { return }
        var seen: [JSON] = []
        for (index, element) in value.elements.enumerated() {
            if seen.contains(element) {
                found.append(
                    Mismatch(
                        path: path + [.index(index)], text: "is there twice: \(element.summary)"))
            }
            seen.append(element)
        }
    }

    private func collectString(_ value: JSON, _ path: [JSONPath.Step], _ found: inout [Mismatch]) {
        guard let string = value.string else { return }
        let length = string.unicodeScalars.count
        if let minimumLength, length < minimumLength {
            found.append(
                Mismatch(
                    path: path,
                    text: length == 0
                        ? "must not be empty"
                        : "must have at least \(Self.counted(minimumLength, "character"))"))
            return
        }
        if let maximumLength, length > maximumLength {
            found.append(
                Mismatch(
                    path: path,
                    text: "must have at most \(Self.counted(maximumLength, "character"))"))
        }
        if let pattern, let regexp = try? IRegexp(pattern), !regexp.searches(string) {
            found.append(Mismatch(path: path, text: "must match `\(pattern)`"))
        }
    }

    private func collectNumber(_ value: JSON, _ path: [JSONPath.Step], _ found: inout [Mismatch]) {
        guard let number = value.number else { return }
        if let least = minimum?.number, number < least {
            found.append(
                Mismatch(
                    path: path, text: "must be at least \(least.text)\(what(value))"))
        }
        if let most = maximum?.number, number > most {
            found.append(
                Mismatch(path: path, text: "must be at most \(most.text)\(what(value))"))
        }
    }
}
