import Sluice
import SluiceJSON
import SluiceSystem

extension Command {
    private static let settings = Option(
        name: "settings", value: "JSON",
        about: "Settings that a component's ports may depend on")

    /// `sluice describe`.
    static let describe = Command(
        name: "describe",
        summary: "Explain a component or a flow: settings, ports, messages",
        discussion: """
            What ends with .json, has a slash in it or is the name of a file alone is a flow file,
            anything else a component. Exits 6 where a flow file cannot be read. Ports of a component that has to have settings are those of its example, unless --settings says more.
            """,
        operands: [
            Operand(
                name: "COMPONENT|FLOW", about: "A component's name or a flow file",
                values: .component)
        ],
        options: [settings, FlowSettings.set, .environment, .json],
        examples: [
            "\(.program) describe document_store",
            #"\#(.program) describe router --settings '{"routes": [{"name": "a", "when": "$.a"}]}'"#,
            "\(.program) describe chat.json --json",
        ]
    ) { arguments, terminal in
        let name = arguments.first
        if name.ends(with: ".json") || name.firstIndex(ofASCII: "/") != nil {
            return try describe(flow: name, arguments, terminal)
        }
        guard let component = arguments.program.components[name] else {
            guard !Folder.exists(name) else { return try describe(flow: name, arguments, terminal) }
            throw UsageError(
                "there is no component `\(name)`; `\(arguments.program.name) list` shows all",
                suggestion: Spelling.closest(to: name, among: arguments.program.components.names))
        }
        let description: ComponentDescription
        var secrets = Secrets()
        do throws(Failure) {
            let settings = try json(in: arguments)
            if let settings { secrets = component.settingsSchema.secrets(in: settings) }
            terminal.hide(secrets)
            description = try ComponentDescription(component, settings: settings)
        } catch {
            terminal.note("\(terminal.red("error:")) --settings: \(error.text)")
            return .invalid
        }
        if arguments.has(.json) {
            let json = secrets.redacted(try description.json())
            try terminal.write(json: "\(json.pretty())\n")
        } else {
            let text = description.text(width: terminal.textColumns)
            try terminal.print(.lines(secrets.redacted(text)))
        }
        return .success
    }

    private static func json(in arguments: Arguments) throws(Failure) -> JSON? {
        guard let text = arguments[settings] else { return nil }
        do throws(JSONError) {
            return try JSON(parsing: text)
        } catch {
            throw Failure("invalid_settings", "column \(error.column): \(error.message)")
        }
    }

    private static func describe(
        flow path: String, _ arguments: Arguments, _ terminal: Terminal
    ) throws -> ExitCode {
        let flow = try FlowSettings(arguments).load(path, assuming: true)
        guard flow.plan != nil, let facts = flow.facts else {
            terminal.report(flow.diagnostics)
            return flow.failureCode
        }
        let description = FlowDescription(facts: facts)
        if arguments.has(.json) {
            let json = flow.secrets.redacted(try description.json())
            try terminal.write(json: "\(json.pretty())\n")
        } else {
            let text = description.text(width: terminal.textColumns)
            try terminal.print(.lines(flow.secrets.redacted(text)))
        }
        return .success
    }
}
