import SluiceJSON

/// Makes one plan of a flow file and its sub-flows, and notes everything that is wrong.
struct FlowBuilder {
    let loader: FlowLoader
    var plan = Plan()
    var diagnostics: [Diagnostic] = []
    /// Where each edge of the plan stands; nil for those that no file has.
    var edgePlaces: [(source: FlowSource, range: FlowSource.Range)?] = []
    /// Where each node of the plan stands.
    var nodePlaces: [(source: FlowSource, range: FlowSource.Range)] = []

    /// One use of a flow file.
    struct Unit {
        let source: FlowSource
        let definition: FlowDefinition
        let prefix: String
        var variables: Variables
        var members: [String: Member] = [:]
        var inputs: [String: Plan.Place] = [:]
        var outputs: [String: Plan.Place] = [:]
        /// `error` ports that nothing in the unit handles.
        var errors: [Plan.Place] = []
        /// Ports of sub-flows and nodes that an edge or an export takes from.
        var used: Set<String> = []
    }

    /// What a node's name stands for.
    indirect enum Member {
        case leaf(Int)
        case flow(Unit)
        /// It could not be read; its ports are unknown.
        case broken
    }

    /// How deep sub-flows may lie in each other.
    static let maximumDepth = 32

    init(_ loader: FlowLoader) { self.loader = loader }

    /// Everything found, each once, in the order of files and lines.
    func sorted() -> [Diagnostic] {
        var seen = Set<Diagnostic>()
        let unique = diagnostics.filter { seen.insert($0).inserted }
        let files = unique.map(\.file)
        return unique.enumerated().sorted { a, b in
            let (x, y) = (a.element, b.element)
            let fileX = files.firstIndex(of: x.file) ?? 0
            let fileY = files.firstIndex(of: y.file) ?? 0
            return (fileX, x.line, x.column, a.offset) < (fileY, y.line, y.column, b.offset)
        }.map(\.element)
    }

    // MARK: A file

    /// Adds one use of a flow file to the plan.
    ///
    /// - Parameter use: The node that the file is a sub-flow of, and the file around it; nil for the
    ///   flow that is run.
    mutating func add(
        _ text: [UInt8], path: String, use: (node: FlowDefinition.Node, outer: Unit)?,
        prefix: String, within: [String]
    ) -> Unit? {
        let (parsed, problem) = FlowSource.parse(text, path: path)
        if let problem { diagnostics.append(problem) }
        guard let source = parsed else { return nil }
        var reader = FlowReader(source)
        let definition = reader.read()
        diagnostics += reader.diagnostics
        var unit = Unit(
            source: source, definition: definition, prefix: prefix,
            variables: Variables(lookUp: loader.variables))
        if let use {
            setParameters(&unit, of: use.node, in: use.outer)
        } else {
            setParameters(&unit)
        }
        if prefix.isEmpty {
            plan.name = definition.name.isEmpty ? Folder.lastPart(of: path) : definition.name
        }
        for node in definition.nodes { addNode(node, &unit, within + [Folder.resolved(path)]) }
        addEdges(&unit)
        addExports(&unit)
        collectErrors(&unit)
        return unit
    }

    // MARK: Nodes

    private mutating func addNode(
        _ node: FlowDefinition.Node, _ unit: inout Unit, _ within: [String]
    ) {
        var node = node
        node.component =
            resolve(node.component, Schema(.string), unit) ?? node.component
        let nameRange = unit.source.nameRange(ofValueAt: node.json.sourceRange)
        if node.isFlow {
            if let replace = loader.replacements[unit.prefix + node.name] {
                addReplacedSubflow(node, replace, &unit, within, nameRange)
            } else {
                addSubflow(node, &unit, within)
            }
        } else if let name = node.component.string, let type = loader.registry[name] {
            let settings = settings(of: node, type, unit)
            guard let settings else {
                unit.members[node.name] = .broken
                return
            }
            addLeaf(node, type, settings: settings, &unit, nameRange)
        } else {
            unit.members[node.name] = .broken
            note(
                .unknownComponent, "there is no component \(node.component.summary)",
                original(node).sourceRange, unit.source,
                suggestion: Spelling.closest(
                    to: node.component.string ?? "", among: loader.registry.names))
        }
    }

    /// The component as the file has it, before variables are replaced.
    func original(_ node: FlowDefinition.Node) -> JSON {
        node.json["component"] ?? node.json
    }

    private mutating func addLeaf(
        _ node: FlowDefinition.Node, _ type: ComponentType, settings: JSON, _ unit: inout Unit,
        _ nameRange: FlowSource.Range
    ) {
        do throws(Failure) {
            var ports = try type.ports(settings: settings)
            if let replace = loader.replacements[unit.prefix + node.name] {
                ports = replace(ports)
            }
            var leaf = Plan.Node(
                name: unit.prefix + node.name, component: type.about.name, ports: ports,
                folder: Folder.containing(unit.source.path))
            leaf.concurrency = node.concurrency
            leaf.isOrdered = node.isOrdered
            leaf.timeoutMilliseconds = node.timeoutMilliseconds
            if node.concurrency > 1, !ports.allowsConcurrency {
                note(
                    .noConcurrency,
                    "`\(type.about.name)` handles one message at a time: it does not allow "
                        + "`concurrency`",
                    (node.json["concurrency"] ?? node.json).sourceRange, unit.source)
            }
            plan.nodes.append(leaf)
            nodePlaces.append((unit.source, nameRange))
            unit.members[node.name] = .leaf(plan.nodes.count - 1)
        } catch {
            unit.members[node.name] = .broken
            guard error.code != "broken_component" else {
                return note(
                    .unknownComponent, error.text, original(node).sourceRange, unit.source)
            }
            for error in [error] + error.others {
                note(
                    error.code == "broken_expression" ? .brokenExpression : .wrongSetting,
                    error.text, unit.source.range(of: error, in: node.settings), unit.source,
                    advice: error.details?["suggestion"]?.string)
            }
        }
    }

    /// A node's settings with variables replaced and overrides applied; nil where they do not fit.
    private mutating func settings(
        of node: FlowDefinition.Node, _ type: ComponentType, _ unit: Unit
    ) -> JSON? {
        let count = diagnostics.count
        guard var settings = resolve(node.settings, type.settingsSchema, unit) else {
            // Values are not known, names are.
            for mismatch in type.settingsSchema.mismatches(node.settings) where mismatch.isAboutName
            {
                noteSetting(mismatch, node, type, unit.source)
            }
            return nil
        }
        settings = overridden(settings, unit.prefix + node.name)
        for mismatch in type.settingsSchema.mismatches(settings) {
            noteSetting(mismatch, node, type, unit.source)
        }
        return diagnostics.count == count ? settings : nil
    }

    func overridden(_ settings: JSON, _ node: String) -> JSON {
        loader.overrides.filter { $0.node.isSame(as: node) }.reduce(settings) {
            settings, override in
            settings.setting(override.setting, to: override.value)
        }
    }

    private mutating func noteSetting(
        _ mismatch: Schema.Mismatch, _ node: FlowDefinition.Node, _ type: ComponentType,
        _ source: FlowSource
    ) {
        let value = FlowSource.nearest(mismatch.path, in: node.settings)
        let hasSettings = node.json["settings"] != nil
        var range = hasSettings ? value.sourceRange : original(node).sourceRange
        if mismatch.isAboutName { range = source.nameRange(ofValueAt: range) }
        if value.kind == .object, !mismatch.isAboutName, hasSettings {
            range = range.lowerBound..<range.lowerBound + 1
        }
        var text = mismatch.text
        if case .name(let name)? = mismatch.path.last, !mismatch.isAboutName {
            text = "`\(name)` \(text)"
        }
        note(
            mismatch.isAboutName ? .unknownSetting : .wrongSetting,
            "\(text) (settings of `\(type.about.name)`)", range, source,
            suggestion: mismatch.suggestion)
    }

    // MARK: Variables

    /// A value with its variables replaced; nil where one has no value.
    mutating func resolve(_ json: JSON, _ wanted: Schema, _ unit: Unit) -> JSON? {
        switch json.kind {
        case .string:
            switch unit.variables.resolve(json.string ?? "", wanted: wanted) {
            case .value(let value): return value
            case .missing(let names):
                for (name, offset, length) in names {
                    note(
                        .unsetVariable, "the variable `\(name)` is not set and has no default",
                        unit.source.range(
                            inStringAt: json.sourceRange, offset: offset, length: length),
                        unit.source)
                }
            case .broken(let text, let offset):
                note(
                    .unsetVariable, text,
                    unit.source.range(inStringAt: json.sourceRange, offset: offset, length: 2),
                    unit.source)
            }
            return nil
        case .array:
            let elements = json.elements.map {
                resolve($0, wanted.items.first ?? .any, unit)
            }
            return elements.contains(where: { $0 == Optional<JSON>.none })
                ? Optional<JSON>.none : try? JSON(array: elements.compactMap { $0 })
        case .object:
            var members: [(String, JSON)] = []
            for member in json.members {
                let schema = wanted.property(member.name)?.schema ?? wanted.otherMembers.first
                guard let value = resolve(member.value, schema ?? .any, unit) else { continue }
                members.append((member.name, value))
            }
            return members.count == json.count ? try? JSON(object: members) : Optional<JSON>.none
        default:
            return json
        }
    }

    // MARK: Notes

    mutating func note(
        _ code: Code, _ text: String, _ range: FlowSource.Range, _ source: FlowSource,
        suggestion: String? = nil, advice: String? = nil
    ) {
        diagnostics.append(
            source.diagnostic(
                code, text, at: range,
                suggestion: suggestion.map { "did you mean `\($0)`?" } ?? advice))
    }
}

extension JSON {
    /// The object with one member replaced or added; a name with dots goes into nested objects.
    func setting(_ name: String, to value: JSON) -> JSON {
        let parts = name.parts(betweenASCII: ".", cuts: 1)
        guard let first = parts.first.map(String.init) else { return self }
        var new = value
        if parts.count == 2 {
            new = (self[first] ?? .emptyObject).setting(String(parts[1]), to: value)
        }
        var members = self.members.filter { !$0.isNamed(first) }.map { ($0.name, $0.value) }
        members.append((first, new))
        return (try? JSON(object: members)) ?? self
    }
}
