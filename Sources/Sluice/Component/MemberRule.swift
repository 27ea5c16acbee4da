import SluiceJSON
import SluiceSystem

/// Which members of a message go together: one rule for reading a message, for its schema and for the
/// check of a flow.
public enum MemberRule: Sendable {
    /// Just one of the two is there.
    case either(String, String)
    /// The first is there beside the second only.
    case only(String, with: String)
    /// Where the first is there, the others are not.
    case instead(String, of: [String])
    /// Where a member is this word, some others are there, and some are not.
    case when(String, is: String, with: [String] = [], without: [String] = [])

    /// - Throws: ``Failure`` (`invalid_message`) for an object that breaks the rule.
    func check(_ object: JSON) throws(Failure) {
        switch self {
        case .either(let first, let second):
            let count = [first, second].count { object[$0] != nil }
            guard count != 1 else { return }
            let text = Schema.choiceText([first, second], fitting: count)
            throw .invalid(text, at: count == 0 ? "$" : "$.\(second)")
        case .only(let name, let other):
            guard object[name] != nil, object[other] == nil else { return }
            throw .invalid(Schema.neededText(other, by: name), at: "$.\(name)")
        case .instead(let name, let others):
            guard object[name] != nil,
                let other = others.first(where: { object[$0] != nil })
            else { return }
            throw .invalid("must be left out: `\(name)` is there", at: "$.\(other)")
        case .when(let name, let word, let needed, let excluded):
            guard object[name]?.string?.isSame(as: word) == true else { return }
            if let missing = needed.first(where: { object[$0] == nil }) {
                throw .invalid(
                    "the member is missing: \(Self.reason(name, word))", at: "$.\(missing)")
            }
            if let present = excluded.first(where: { object[$0] != nil }) {
                throw .invalid(
                    "must be left out: \(Self.reason(name, word))", at: "$.\(present)")
            }
        }
    }

    /// The members that the rule is about.
    var names: [String] {
        switch self {
        case .either(let first, let second): [first, second]
        case .only(let name, let other): [name, other]
        case .instead(let name, let others): [name] + others
        case .when(let name, _, let needed, let excluded): [name] + needed + excluded
        }
    }

    /// The rule in a schema.
    var assertion: Schema.Assertion {
        switch self {
        case .either(let first, let second):
            return .oneOf([first, second].map { Schema.requiring([$0]) })
        case .only(let name, let other):
            return .dependentRequired(name, [other])
        case .instead(let name, let others):
            var then = Schema.any
            then.properties = others.map {
                Schema.Property($0, .nothing(because: "`\(name)` is there"), isRequired: false)
            }
            return .conditional(.requiring([name]), then: then, otherwise: nil)
        case .when(let name, let word, let needed, let excluded):
            var value = Schema.any
            value.enumeration = [JSON(word)]
            var condition = Schema.any
            condition.properties = [Schema.Property(name, value, isRequired: true)]
            var then = Schema.requiring(needed)
            then.properties += excluded.map {
                Schema.Property(
                    $0, .nothing(because: Self.reason(name, word)), isRequired: false)
            }
            return .conditional(condition, then: then, otherwise: nil)
        }
    }

    private static func reason(_ name: String, _ word: String) -> String {
        "`\(name)` is \"\(word)\""
    }
}

extension Schema {
    /// What only says that members are there.
    fileprivate static func requiring(_ names: [String]) -> Schema {
        var schema = Schema.any
        schema.properties = names.map { Property($0, .any, isRequired: true) }
        return schema
    }

    /// What no value fits.
    fileprivate static func nothing(because reason: String) -> Schema {
        var schema = Schema.any.described(reason)
        schema.enumeration = []
        return schema
    }

    /// The rules as assertions of which each has keywords of its own.
    static func assertions(of rules: [MemberRule]) -> [Assertion] {
        let assertions = rules.map(\.assertion)
        guard assertions.count > 1 else { return assertions }
        let parts = assertions.map { assertion in
            var schema = Schema.any
            schema.assertions = [assertion]
            return schema
        }
        return [.allOf(parts)]
    }
}
