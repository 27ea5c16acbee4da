import SluiceJSON

extension FlowBuilder {
    /// The ports that a node has, or nearly has, whose settings are broken; nil where they cannot be
    /// told.
    ///
    /// What is broken is left out or replaced by something that fits, so that the rest of the flow can be
    /// checked in the same run.
    func mendedPorts(_ settings: JSON, _ type: ComponentType) -> (ports: Ports, isCertain: Bool)? {
        var mending = Mending(settings, type)
        // Each round mends all that the one before it showed.
        for _ in 0..<4 {
            let mismatches = type.mismatches(mending.settings)
            guard mismatches.isEmpty else {
                for mismatch in mismatches { mending.mend(mismatch) }
                continue
            }
            do throws(Failure) {
                var ports = try type.ports(settings: mending.settings)
                // What leaves is not known: the settings decide it.
                for index in ports.outputs.indices { ports.outputs[index].infer = nil }
                return (ports, mending.isCertain(of: ports))
            } catch {
                for failure in [error] + error.others { mending.mend(failure) }
            }
        }
        return nil
    }
}

/// Settings whose broken parts are being replaced.
private struct Mending {
    private(set) var settings: JSON
    /// The settings that were replaced or left out.
    private var replaced: [String] = []
    private let type: ComponentType
    private let example: JSON

    private var schema: Schema { type.settingsSchema }

    init(_ settings: JSON, _ type: ComponentType) {
        self.settings = settings
        self.type = type
        example = (try? JSON(parsing: type.about.example)) ?? .emptyObject
    }

    mutating func mend(_ mismatch: Schema.Mismatch) {
        if mismatch.isAboutName {
            settings = settings.replacing(mismatch.path[...], by: Optional<JSON>.none)
        } else {
            replace(mismatch.path)
        }
    }

    mutating func mend(_ failure: Failure) {
        replace([JSONPath.Step](pathText: failure.details?["path"]?.string ?? "$"))
    }

    private mutating func replace(_ path: [JSONPath.Step]) {
        guard case .name(let first)? = path.first else {
            // Something is missing: the example has all there has to be.
            for member in example.members where settings[member.name] == Optional<JSON>.none {
                replaced.append(member.name)
                settings = settings.setting([member.name], to: member.value)
            }
            return
        }
        let wanted = path.reduce(schema) { schema, step in
            switch step {
            case .name(let name): schema.member(name)
            case .index: schema.items.first ?? .any
            }
        }
        switch wanted.role {
        case .expression:
            settings = settings.replacing(path[...], by: "true")
        case .template:
            settings = settings.replacing(path[...], by: JSON.null)
        case .file, nil:
            replaced.append(first)
            settings = settings.replacing([.name(first)], by: example[first])
        }
    }
}

extension Mending {
    /// Whether the ports are the same whatever the settings that were replaced say.
    func isCertain(of ports: Ports) -> Bool {
        let names = replaced.filter { schema.member($0).mayHoldNames }
        guard !names.isEmpty else { return true }
        var other = settings
        for name in names {
            guard let value = settings[name] else { return false }
            other = other.setting([name], to: value.withOtherWords)
        }
        guard let others = try? type.ports(settings: other) else { return false }
        return others.inputs.map(\.name) == ports.inputs.map(\.name)
            && others.outputs.map(\.name) == ports.outputs.map(\.name)
    }
}

extension Schema {
    /// Whether a string in the value may be any word, such as the name of a port.
    fileprivate var mayHoldNames: Bool {
        let isWord = types.contains(.string) && enumeration == nil && anyOf.isEmpty
        let parts = properties.map(\.schema) + items + otherMembers + anyOf
        let isOpen = types.contains(.array) && items.isEmpty && anyOf.isEmpty
        return (isWord || isOpen) && role == nil || parts.contains(where: \.mayHoldNames)
    }
}

extension JSON {
    /// The value with another word in the place of each string.
    fileprivate var withOtherWords: JSON {
        switch kind {
        case .null, .bool, .number: self
        case .string: JSON((string ?? "") + "_2")
        case .array: (try? JSON(array: elements.map(\.withOtherWords))) ?? self
        case .object:
            (try? JSON(object: members.map { ($0.name, $0.value.withOtherWords) })) ?? self
        }
    }

    /// The value with the part at a path replaced, or removed.
    fileprivate func replacing(_ path: ArraySlice<JSONPath.Step>, by value: JSON?) -> JSON {
        guard let step = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        func replaced(_ part: JSON) -> JSON? {
            rest.isEmpty ? value : part.replacing(rest, by: value)
        }
        switch step {
        case .name(let name) where kind == .object:
            var members: [(String, JSON)] = []
            for member in self.members {
                if !member.isNamed(name) {
                    members.append((member.name, member.value))
                } else if let new = replaced(member.value) {
                    members.append((member.name, new))
                }
            }
            if self[name] == Optional<JSON>.none, let value, rest.isEmpty {
                members.append((name, value))
            }
            return (try? JSON(object: members)) ?? self
        case .index(let index) where kind == .array:
            var elements = Array(self.elements)
            guard elements.indices.contains(index) else { return self }
            elements[index] = replaced(elements[index]) ?? .null
            return (try? JSON(array: elements)) ?? self
        default:
            return self
        }
    }
}
