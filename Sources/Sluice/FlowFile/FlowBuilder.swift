import SluiceJSON
import SluiceSystem

/// Makes one plan of a flow file and its sub-flows, and notes everything that is wrong.
struct FlowBuilder {
    let loader: FlowLoader
    var plan = Plan()
    private(set) var findings: [Finding] = []
    /// What could not be read, and has no place in a source.
    private var unreadable: [Diagnostic] = []
    /// What must not be shown.
    var secrets = Secrets()
    /// The parameters that each use of a file names, by the prefix of its nodes.
    var usedParameters: [String: Set<String>] = [:]
    /// Where the parts of strings come from whose variables were replaced.
    var sourceMaps: [Leaf: SourceMap] = [:]
    /// Strings that hold values which were made up, by file.
    var unknownLeaves: [FlowSource: [FlowSource.Range]] = [:]
    /// Where each edge of the plan stands; nil for those that no file has.
    var edgePlaces: [(source: FlowSource, range: FlowSource.Range)?] = []
    /// What each edge of the plan is in its file; nil for those that no file has.
    var edgeChecks: [EdgeCheck?] = []
    /// The ports that an edge from outside leads to.
    var entries = Set<Plan.Place>()
    /// Where each node of the plan stands.
    var nodePlaces: [(source: FlowSource, range: FlowSource.Range)] = []
    /// What each node of the plan is in its file.
    var nodeUses: [NodeUse] = []

    /// A node with the file that it stands in.
    ///
    /// A class, as a flow may have very many.
    final class NodeUse {
        let node: FlowDefinition.Node
        let source: FlowSource
        let prefix: String
        /// The settings with variables replaced and overrides applied.
        let settings: JSON
        /// Whether the settings hold a value that was made up.
        let isUnknown: Bool

        init(
            node: FlowDefinition.Node, source: FlowSource, prefix: String,
            settings: JSON = .emptyObject, isUnknown: Bool = false
        ) {
            self.node = node
            self.source = source
            self.prefix = prefix
            self.settings = settings
            self.isUnknown = isUnknown
        }
    }

    /// Nodes that an edge leads to whose other end is broken.
    var unknownArrivals: [Int] = []
    /// Nodes whose settings are broken.
    var mended = Set<Int>()
    /// Nodes whose ports may be others, because their settings are broken.
    var guessed = Set<Int>()

    /// One use of a flow file.
    struct Unit {
        let source: FlowSource
        let definition: FlowDefinition
        let prefix: String
        var variables: Variables
        /// Nodes that the file has and that could not be read, which has been noted.
        var unreadNodes: Set<Name> = []
        var members: [String: Member] = [:]
        var inputs: [String: Plan.Place] = [:]
        /// Where edges with a `map` lead: what fails there fails at the sub-flow.
        var mappedInputs: [String: Plan.Place] = [:]
        var outputs: [String: [Plan.Place]] = [:]
        /// `error` ports that nothing in the unit handles.
        var errors: [Plan.Place] = []
        /// Ports of sub-flows and nodes that an edge or an export takes from.
        var used: Set<String> = []
        /// What edges and exports say of each node; made for the first sub-flow.
        var links: Links?
    }

    /// The edges and exports of a file by the nodes that they lead to or from.
    struct Links {
        private(set) var edgesTo: [String: [FlowDefinition.Edge]] = [:]
        /// The output ports that something takes from.
        private(set) var taken: [String: Set<String>] = [:]

        init(_ definition: FlowDefinition) {
            for edge in definition.edges { edgesTo[edge.to.node, default: []].append(edge) }
            let sources = definition.edges.map(\.from) + definition.outputs.map(\.target)
            for end in sources { taken[end.node, default: []].insert(end.port) }
        }
    }

    /// What a node's name stands for.
    indirect enum Member {
        case leaf(Int)
        case flow(Unit)
        /// It could not be read; its ports are unknown.
        case broken
    }

    /// How many findings say what was probably meant.
    private static let maximumSuggestions = 50

    init(_ loader: FlowLoader) { self.loader = loader }

    /// Everything found, each once, in the order of files and lines.
    func sorted() -> [Diagnostic] {
        var seen = Set<Diagnostic>()
        let all = unreadable + findings.map { $0.diagnostic(hiding: secrets) }
        let unique = all.filter { seen.insert($0).inserted }
        var files: [String: Int] = [:]
        for diagnostic in unique where files[diagnostic.file] == nil {
            files[diagnostic.file] = files.count
        }
        return unique.enumerated().sorted { a, b in
            let (x, y) = (a.element, b.element)
            let (fileX, fileY) = (files[x.file] ?? 0, files[y.file] ?? 0)
            return (fileX, x.line, x.column, a.offset) < (fileY, y.line, y.column, b.offset)
        }.map(\.element)
    }

    /// Whether something is wrong that keeps the flow from running.
    var hasErrors: Bool { !unreadable.isEmpty || findings.contains(where: \.isError) }

    // MARK: A file

    /// Adds one use of a flow file to the plan.
    ///
    /// - Parameter use: The node that the file is a sub-flow of, and the file around it; nil for the
    ///   flow that is run.
    mutating func add(
        _ text: [UInt8], path: String, use: (node: FlowDefinition.Node, outer: Unit)?,
        prefix: String, within: [String]
    ) -> Unit? {
        plan.sourceFiles.insert(path)
        let (parsed, problem) = FlowSource.parse(text, path: path)
        if let problem { unreadable.append(problem) }
        guard let source = parsed else { return nil }
        var reader = FlowReader(source)
        let definition = reader.read()
        findings += reader.findings
        for parameter in definition.parameters {
            if let value = parameter.defaultValue { secrets.insert(value, of: parameter.schema) }
        }
        var unit = Unit(
            source: source, definition: definition, prefix: prefix,
            variables: Variables(lookUp: loader.variables))
        noteTexts(ofParameters: definition.parameters.map { ($0, $0.defaultValue) }, source)
        let known = Set(definition.nodes.map { Name($0.name) })
        for member in source.json["nodes"]?.members.lazy.map(\.name) ?? []
        where !known.contains(Name(member)) {
            unit.unreadNodes.insert(Name(member))
        }
        if let use {
            setParameters(&unit, of: use.node, in: use.outer)
        } else {
            setParameters(&unit)
        }
        if prefix.isEmpty {
            plan.name = definition.name.isEmpty ? Folder.lastPart(of: path) : definition.name
        }
        let chain = within + [Folder.resolved(path)]
        reserveNodes(definition.nodes.count)
        for node in definition.nodes { addNode(node, &unit, chain) }
        addEdges(&unit)
        addExports(&unit)
        collectErrors(&unit)
        findUnusedParameters(unit)
        return unit
    }

    // MARK: Nodes

    /// Makes room for nodes at once, as a flow may have very many.
    private mutating func reserveNodes(_ count: Int) {
        plan.nodes.reserveCapacity(plan.nodes.count + count)
        nodePlaces.reserveCapacity(nodePlaces.count + count)
        nodeUses.reserveCapacity(nodeUses.count + count)
    }

    private mutating func addNode(
        _ node: FlowDefinition.Node, _ unit: inout Unit, _ within: [String]
    ) {
        var node = node
        node.component =
            resolve(node.component, .component, unit) ?? node.component
        let nameRange = unit.source.nameRange(ofValueAt: node.json.sourceRange)
        if node.isFlow {
            if let replace = replacement(of: node, unit) {
                addReplacedSubflow(node, replace, &unit, within, nameRange)
            } else {
                addSubflow(node, &unit, within)
            }
        } else if let name = node.component.string, let type = loader.registry[name] {
            let settings = settings(of: node, type, unit)
            guard let settings else {
                return addMended(node, type, &unit, nameRange)
            }
            noteTexts(ofSettings: node.settings, type.settingsSchema, unit.source)
            addLeaf(node, type, settings: settings, &unit, nameRange)
        } else {
            unit.members[node.name] = .broken
            let registry = loader.registry
            note(
                .unknownComponent, "there is no component \(node.component.summary)",
                original(node).sourceRange, unit.source,
                suggestion: Spelling.closest(
                    to: node.component.string ?? "", among: registry.names))
        }
    }

    /// What stands in the place of a node's component, in a test.
    private func replacement(
        of node: FlowDefinition.Node, _ unit: Unit
    ) -> (@Sendable (Ports) -> Ports)? {
        loader.replacements.isEmpty ? nil : loader.replacements[unit.prefix + node.name]
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
            let replace = replacement(of: node, unit)
            let make = { @Sendable () throws(Failure) -> Ports in
                let ports = try type.ports(settings: settings)
                return replace?(ports) ?? ports
            }
            let ports = try make()
            if node.concurrency > 1, !ports.allowsConcurrency {
                note(
                    .noConcurrency,
                    "`\(type.about.name)` handles one message at a time: it does not allow "
                        + "`concurrency`",
                    (node.json["concurrency"] ?? node.json).sourceRange, unit.source)
            }
            addLeaf(node, type, ports, make, settings, &unit, nameRange)
        } catch {
            guard error.code != "broken_component" else {
                unit.members[node.name] = .broken
                return note(
                    .unknownComponent, error.text, original(node).sourceRange, unit.source)
            }
            let use = NodeUse(node: node, source: unit.source, prefix: unit.prefix)
            for error in [error] + error.others {
                let isBroken = error.code == "broken_expression"
                noteSetting(error, isBroken ? .brokenExpression : .wrongSetting, use)
            }
            addMended(node, type, &unit, nameRange)
        }
    }

    private mutating func addLeaf(
        _ node: FlowDefinition.Node, _ type: ComponentType, _ ports: Ports,
        _ make: @escaping @Sendable () throws(Failure) -> Ports, _ settings: JSON,
        _ unit: inout Unit, _ nameRange: FlowSource.Range
    ) {
        var leaf = Plan.Node(
            name: unit.prefix + node.name, component: type.about.name, ports: ports, make: make,
            folder: Folder.containing(unit.source.path))
        leaf.concurrency = node.concurrency
        leaf.isOrdered = node.isOrdered
        leaf.timeoutMilliseconds = node.timeoutMilliseconds
        plan.nodes.append(leaf)
        nodePlaces.append((unit.source, nameRange))
        let range = node.settings.sourceRange
        nodeUses.append(
            NodeUse(
                node: node, source: unit.source, prefix: unit.prefix, settings: settings,
                isUnknown: hasUnknown(in: range, unit.source)))
        unit.members[node.name] = .leaf(plan.nodes.count - 1)
    }

    /// Adds a node whose settings are broken, for checks of the rest of the flow.
    private mutating func addMended(
        _ node: FlowDefinition.Node, _ type: ComponentType, _ unit: inout Unit,
        _ nameRange: FlowSource.Range
    ) {
        guard let (ports, isCertain) = mendedPorts(node.settings, type) else {
            unit.members[node.name] = .broken
            return
        }
        if !isCertain { guessed.insert(plan.nodes.count) }
        mended.insert(plan.nodes.count)
        addLeaf(node, type, ports, { () throws(Failure) in ports }, node.settings, &unit, nameRange)
    }

    /// A node's settings with variables replaced and overrides applied; nil where they do not fit.
    private mutating func settings(
        of node: FlowDefinition.Node, _ type: ComponentType, _ unit: Unit
    ) -> JSON? {
        let schema = type.settingsSchema
        let given = loader.given(to: unit.prefix + node.name)
        let wanted = Wanted(schema, replaced: given.map(\.names))
        guard var settings = resolve(node.settings, wanted, unit) else {
            // Values are not known, names are.
            for mismatch in type.mismatches(node.settings) where mismatch.isAboutName {
                noteSetting(mismatch, node, type, unit.source)
            }
            return nil
        }
        for override in given {
            let wanted = override.names.reduce(schema) { $0.member($1) }
            var value = override.value(for: schema.member(override.names.first ?? ""))
            if override.isText { value = path(value, wanted, from: currentFolder) }
            secrets.insert(value, of: wanted)
            settings = settings.setting(override.names, to: value)
        }
        let mismatches = type.mismatches(settings)
        for mismatch in mismatches {
            if let override = given.last(where: { $0.isMeant(by: mismatch.path) }) {
                noteSetting(mismatch, of: override, type)
            } else {
                noteSetting(mismatch, node, type, unit.source)
            }
        }
        return mismatches.isEmpty ? settings : nil
    }

    /// Notes what a component says against its settings.
    mutating func noteSetting(_ failure: Failure, _ code: Code, _ use: NodeUse) {
        let path = [JSONPath.Step](pathText: failure.details?["path"]?.string ?? "$")
        let given = loader.given(to: use.prefix + use.node.name)
        if let override = given.last(where: { $0.isMeant(by: path) }) {
            return note(override.option, code, failure.text)
        }
        note(
            code, failure.text, range(of: failure, in: use.node.settings, use.source), use.source,
            advice: failure.details?["suggestion"]?.string)
    }

    private mutating func noteSetting(
        _ mismatch: Schema.Mismatch, of override: Override, _ type: ComponentType
    ) {
        note(
            override.option, mismatch.isAboutName ? .unknownSetting : .wrongSetting,
            settingText(mismatch, type), suggestion: mismatch.suggestion)
    }

    private func settingText(_ mismatch: Schema.Mismatch, _ type: ComponentType) -> String {
        var text = mismatch.text
        if case .name(let name)? = mismatch.path.last, !mismatch.isAboutName {
            var own = mismatch
            own.path = []
            text = own.sentence(about: "`\(name)`")
        }
        return "\(text) (settings of `\(type.about.name)`)"
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
        note(
            mismatch.isAboutName ? .unknownSetting : .wrongSetting, settingText(mismatch, type),
            range,
            source, suggestion: mismatch.suggestion)
    }

    // MARK: Notes

    /// Notes something that is wrong with a part of a file.
    ///
    /// What is said of a value that was made up is certain only where it breaks the grammar.
    mutating func note(
        _ code: Code, _ text: String, _ range: FlowSource.Range, _ source: FlowSource,
        suggestion: @autoclosure () -> String? = nil, advice: String? = nil
    ) {
        let isCertain = code == .brokenExpression || code == .unsetVariable
        guard isCertain || !isUnknown(range, source) else { return }
        // To look for what was meant takes time for each name that there is.
        let meant = findings.count < Self.maximumSuggestions ? suggestion() : nil
        findings.append(
            Finding(
                code: code, text: text, place: .file(source, range),
                suggestion: meant.map { "did you mean `\($0)`?" } ?? advice))
    }

    /// Notes something that is wrong with an option of the command line.
    mutating func note(
        _ option: String, _ code: Code, _ text: String, suggestion: String? = nil
    ) {
        findings.append(
            Finding(
                code: code, text: text, place: .commandLine(option),
                suggestion: suggestion.map { "did you mean `\($0)`?" }))
    }

    /// Takes over what is wrong from a builder of a part.
    mutating func adopt(_ other: FlowBuilder) {
        findings += other.findings.filter(\.isError)
        unreadable += other.unreadable
        secrets.formUnion(other.secrets)
        for (prefix, names) in other.usedParameters {
            usedParameters[prefix, default: []].formUnion(names)
        }
    }
}
