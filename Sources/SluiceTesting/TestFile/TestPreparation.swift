import Sluice
import SluiceJSON
import SluiceSystem

/// Makes the plans of a test file's cases and checks that the file fits what it tests.
struct TestPreparation {
    /// A case that can run.
    struct Ready {
        var test: TestFile.Case
        var plan: Plan
        var ledger: MockLedger
        /// The folder that the flow's relative paths start at.
        var home: String
    }

    let file: TestFile
    let runner: TestRunner
    private(set) var diagnostics: [Diagnostic] = []

    init(_ file: TestFile, _ runner: TestRunner) {
        self.file = file
        self.runner = runner
    }

    /// The cases with a plan each, none of which shares state with another.
    mutating func prepare() -> [Ready] {
        checkFixtures()
        switch file.subject {
        case .component(let name, let settings)?:
            return prepare(component: name, settings ?? .emptyObject)
        case .flow(let path, let parameters)?:
            return prepare(flow: path, parameters ?? .emptyObject)
        case nil:
            return []
        }
    }

    private mutating func note(
        _ code: Code, _ text: String, at range: FlowSource.Range, meant: String? = nil
    ) {
        let diagnostic = file.source.diagnostic(
            code, text, at: range, suggestion: meant.map { "did you mean `\($0)`?" })
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    /// Checks that the files are there which cases get.
    private mutating func checkFixtures() {
        for fixture in file.cases.flatMap(\.fixtures) {
            let place = CaseFolder.place(of: fixture, in: file.source)
            if !Folder.isOrdinaryFile(place) {
                note(.unreadableFile, "there is no file \(place)", at: fixture.path.sourceRange)
            }
        }
    }

    // MARK: Components

    private mutating func prepare(component name: JSON, _ settings: JSON) -> [Ready] {
        guard let type = runner.registry[name.string ?? ""] else {
            note(
                .unknownComponent, "there is no component \(name.text)", at: name.sourceRange,
                meant: Spelling.closest(to: name.string ?? "", among: runner.registry.names))
            return []
        }
        // Without settings in the file there is no place but the component's name.
        let isWritten = file.source.json.has("settings")
        let mismatches = type.mismatches(settings)
        for mismatch in mismatches {
            var range = isWritten ? nearest(mismatch.path, settings) : name.sourceRange
            if mismatch.isAboutName { range = file.source.nameRange(ofValueAt: range) }
            note(
                mismatch.isAboutName ? .unknownSetting : .wrongSetting,
                "\(mismatch.pathText): \(mismatch.text) (settings of `\(type.about.name)`)",
                at: range, meant: mismatch.suggestion)
        }
        guard mismatches.isEmpty else { return [] }
        do throws(Failure) {
            let ports = try type.ports(settings: settings)
            let outputs = ports.outputs.map(\.name) + ["error"]
            let folder = Folder.containing(file.source.path)
            return try file.cases.map { (test) throws(Failure) in
                checkPorts(test, inputs: ports.inputs.map(\.name), outputs: outputs)
                let plan = try Plan(
                    component: type, settings: settings, node: name.string ?? "",
                    folder: folder,
                    listening: file.expectedPorts(in: test))
                return Ready(test: test, plan: plan, ledger: MockLedger(), home: folder)
            }
        } catch {
            guard error.code != "broken_component" else {
                note(.unknownComponent, error.text, at: name.sourceRange)
                return []
            }
            let range =
                isWritten ? file.source.range(of: error, in: settings) : name.sourceRange
            note(
                error.code == "broken_expression" ? .brokenExpression : .wrongSetting, error.text,
                at: range)
            return []
        }
    }

    private func nearest(_ path: [JSONPath.Step], _ json: JSON) -> FlowSource.Range {
        FlowSource.nearest(path, in: json).sourceRange
    }

    private mutating func checkPorts(_ test: TestFile.Case, inputs: [String], outputs: [String]) {
        for step in test.steps {
            checkPorts(step.sends, "input", inputs)
            checkPorts(step.expectations, "output", outputs)
        }
    }

    private mutating func checkPorts(
        _ messages: [TestFile.PortMessages], _ direction: String, _ names: [String]
    ) {
        for port in messages where !names.has(port.port) {
            let list = names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ")
            note(
                .unknownPort, "there is no \(direction) `\(port.port)`; there is \(list)",
                at: port.nameRange, meant: Spelling.closest(to: port.port, among: names))
        }
    }

    // MARK: Flows

    private mutating func prepare(flow path: JSON, _ parameters: JSON) -> [Ready] {
        let place = Folder.join(Folder.containing(file.source.path), path.string ?? "")
        guard Folder.exists(place), !Folder.isFolder(place) else {
            note(.unreadableFile, "there is no file \(place)", at: path.sourceRange)
            return []
        }
        return file.cases.compactMap { test in
            let ledger = MockLedger()
            let flow = loader(test.mocks, ledger, parameters).load(place)
            let errors = flow.diagnostics.filter { $0.severity == .error }
            diagnostics += errors.filter { !diagnostics.contains($0) }
            check(parameters, against: flow)
            guard let plan = flow.plan else { return nil }
            checkPorts(test, inputs: plan.inputNames, outputs: plan.outputNames + ["error"])
            for mock in test.mocks { check(mock, ledger.replaced[mock.node], plan) }
            return Ready(
                test: test, plan: plan, ledger: ledger, home: Folder.containing(place))
        }
    }

    /// The flow file that is tested, and those of its sub-flows.
    var flowFiles: [String] {
        guard case .flow(let path, let parameters)? = file.subject else { return [] }
        let place = Folder.join(Folder.containing(file.source.path), path.string ?? "")
        var loader = loader([], MockLedger(), parameters ?? .emptyObject)
        loader.assumesParameters = true
        return [place] + loader.load(place).files
    }

    private func loader(
        _ mocks: [Mock], _ ledger: MockLedger, _ parameters: JSON
    ) -> FlowLoader {
        let (own, outer) = (file.variables, runner.variables)
        var loader = FlowLoader(registry: runner.registry, variables: { own[$0] ?? outer($0) })
        for member in parameters.members { loader.parameters[member.name] = member.value }
        for mock in mocks { loader.replacements[mock.node] = ledger.replacement(by: mock) }
        return loader
    }

    private mutating func check(_ parameters: JSON, against flow: LoadedFlow) {
        for member in parameters.members {
            guard let known = flow.parameters.first(where: { $0.name.isSame(as: member.name) })
            else {
                note(
                    .unknownSetting, "the flow has no parameter `\(member.name)`",
                    at: member.nameSourceRange,
                    meant: Spelling.closest(to: member.name, among: flow.parameters.map(\.name)))
                continue
            }
            for mismatch in known.schema.mismatches(member.value) {
                note(
                    .wrongSetting, mismatch.sentence(about: "the parameter `\(member.name)`"),
                    at: nearest(mismatch.path, member.value))
            }
        }
    }

    /// Checks that a mock has the ports of its node and emits what the node could.
    private mutating func check(_ mock: Mock, _ ports: Ports?, _ plan: Plan) {
        guard let ports else {
            return note(
                .unknownNode, "the flow has no node `\(mock.node)`", at: mock.nameRange,
                meant: Spelling.closest(to: mock.node, among: plan.nodeNames))
        }
        let outputs = ports.outputs.map(\.name) + (ports.hasErrorPort ? ["error"] : [])
        for (name, range, entries) in mock.ports {
            let port = TestFile.PortMessages(port: name, nameRange: range, messages: [])
            checkPorts([port], "input", ports.inputs.map(\.name))
            for entry in entries {
                checkPorts(entry.emits, "output", outputs)
                for emit in entry.emits {
                    guard let output = ports.outputs.first(where: { $0.name == emit.port }) else {
                        continue
                    }
                    for message in emit.messages { check(message.json, leaving: output) }
                }
            }
        }
    }

    private mutating func check(_ message: JSON, leaving port: Ports.OutputPort) {
        for mismatch in port.schema.mismatches(port.replying(with: message, to: .null)) {
            note(
                .wrongValue,
                "`\(port.name)` never emits this: \(mismatch.pathText): \(mismatch.text)",
                at: nearest(mismatch.path, message))
        }
    }
}
