import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting

extension Command {
    /// `sluice check`.
    static let check = Command(
        name: "check",
        summary: "Say everything that is wrong with flow and test files, without running them",
        discussion: """
            Exits 3 where there is an error, with --strict also where there is a warning, and 6 where a
            file cannot be read. A parameter that has to be given and is not is taken as any value of its
            schema.
            """,
        operands: [
            Operand(
                name: "FLOW", about: "Flow files and test files", count: .atLeastOne, values: .file)
        ],
        options: [.strict, FlowSettings.set, .environment, .json],
        examples: ["\(.program) check chat.json", "\(.program) check --strict flows/*.json"]
    ) { arguments, terminal in
        let settings = try FlowSettings(arguments)
        var diagnostics: [Diagnostic] = []
        for path in arguments.operands {
            let (found, summary) = try check(path, settings)
            diagnostics += found
            guard !arguments.has(.json) else { continue }
            terminal.report(found)
            let isOk = found.isEmpty || !arguments.has(.strict)
            if let summary, isOk { try terminal.print("\(path): ok (\(summary))\n") }
        }
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        if arguments.has(.json) {
            try terminal.write(json: "\(try json(of: diagnostics).pretty())\n")
        } else if !diagnostics.isEmpty {
            let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
            let text = counts.map { Words.count($0.0, $0.1) }.joined(separator: ", ")
            terminal.note("\(text)")
        }
        let unreadable = diagnostics.count { [$0].hasUnreadableFile }
        var codes: [ExitCode] = unreadable > 0 ? [.cannotStart] : []
        if errors > unreadable || (warnings > 0 && arguments.has(.strict)) {
            codes.append(.invalid)
        }
        return .worst(codes)
    }

    /// What is wrong with a file, and what it holds where no error is in it.
    private static func check(
        _ path: String, _ settings: FlowSettings
    ) throws(UsageError) -> ([Diagnostic], summary: String?) {
        if path.ends(with: TestFolder.ending) {
            let runner = TestRunner(registry: settings.components, variables: settings.variable)
            let found = runner.check(path)
            return (found, found.isEmpty ? "test file" : nil)
        }
        let flow = try settings.load(path, assuming: true)
        guard flow.plan != nil, let facts = flow.facts else { return (flow.diagnostics, nil) }
        let nodes = Words.count(facts.nodes.count, "node")
        return (flow.diagnostics, "\(nodes), \(Words.count(facts.edgeCount, "edge"))")
    }

    private static func json(of diagnostics: [Diagnostic]) throws(JSONError) -> JSON {
        var facts = JSONBuilder()
        facts.beginObject()
        facts.member("schema", 1)
        facts.name("diagnostics")
        facts.beginArray()
        for diagnostic in diagnostics {
            facts.beginObject()
            facts.member("file", diagnostic.file)
            facts.member("line", diagnostic.line)
            facts.member("column", diagnostic.column)
            facts.member("length", diagnostic.length)
            facts.member("severity", diagnostic.severity.rawValue)
            facts.member("code", diagnostic.code)
            facts.member("message", diagnostic.message)
            if let suggestion = diagnostic.suggestion { facts.member("suggestion", suggestion) }
            facts.endObject()
        }
        facts.endArray()
        facts.endObject()
        return try facts.finish()
    }
}
