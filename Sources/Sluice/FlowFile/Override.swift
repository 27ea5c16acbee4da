import SluiceJSON
import SluiceSystem

/// A value from outside that stands in the place of a node's setting, or of a part of one.
struct Override {
    /// The node, in a sub-flow `outer/inner`.
    var node: String
    /// The setting's name, and those inside of it.
    var names: [String]
    private var given: JSON?
    private var text: String?

    init(_ override: (node: String, setting: String, value: JSON)) {
        node = override.node
        names = override.setting.parts(betweenASCII: ".").map(String.init)
        given = override.value
    }

    init(_ override: (node: String, setting: String, text: String)) {
        node = override.node
        names = override.setting.parts(betweenASCII: ".").map(String.init)
        text = override.text
    }

    /// Whether it is text, as a command line gives it.
    var isText: Bool { text != nil }

    /// Whether something at this place of the settings is there because of it.
    func isMeant(by path: [JSONPath.Step]) -> Bool {
        let steps = names.map { JSONPath.Step.name($0) }
        return path.starts(with: steps) || steps.starts(with: path) && !path.isEmpty
    }

    /// What people gave it by.
    var option: String { "--set \(node).\(names.joined(separator: "."))" }

    /// The value, text being read as the setting's schema wants it; `schema` is that of the first name.
    func value(for schema: Schema) -> JSON {
        let wanted = names.dropFirst().reduce(schema) { $0.member($1) }
        return text.map { wanted.value(ofText: $0) } ?? given ?? .null
    }
}

extension FlowLoader {
    /// What is given from outside to a node, in its order.
    func given(to node: String) -> [Override] {
        guard !overrides.isEmpty || !settingTexts.isEmpty else { return [] }
        return overrides.filter { $0.node.isSame(as: node) }.map { Override($0) }
            + settingTexts.filter { $0.node.isSame(as: node) }.map { Override($0) }
    }
}

extension Schema {
    /// The schema of a member; of any member where there is none of that name.
    func member(_ name: String) -> Schema {
        property(name)?.schema ?? otherMembers.first ?? .any
    }
}

extension JSON {
    /// The value with one member replaced or added, inside of nested objects; no names stand for the
    /// value itself.
    func setting(_ names: some Collection<String>, to value: JSON) -> JSON {
        guard let first = names.first else { return value }
        let inner = (self[first] ?? .emptyObject).setting(names.dropFirst(), to: value)
        var members = self.members.filter { !$0.isNamed(first) }.map { ($0.name, $0.value) }
        members.append((first, inner))
        return (try? JSON(object: members)) ?? self
    }
}
