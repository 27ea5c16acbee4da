import Sluice
import SluiceJSON
import SluiceSystem

/// What the command line says about how a flow file is read.
struct FlowSettings: Sendable {
    /// `--set NODE.KEY=VALUE` for a setting, `--set NAME=VALUE` for a parameter of the flow.
    static let set = Option(
        name: "set", value: "NODE.KEY=VALUE",
        about: "Override a setting, or with NAME=VALUE a parameter; read as its schema wants it",
        values: .names(.settings), isRepeatable: true)

    /// The components that flows can name.
    let components: ComponentRegistry
    private let variables: [String: String]
    private var settings: [(node: String, setting: String, text: String)] = []
    private var parameters: [String: String] = [:]

    /// Reads `--env` and `--set`.
    ///
    /// Throws ``UsageError``, `FileError` and ``DotEnv/Broken``.
    init(_ arguments: Arguments) throws {
        components = arguments.program.components
        variables = try arguments[.environment].map { try DotEnv(contentsOf: $0).variables } ?? [:]
        for text in arguments.all(FlowSettings.set) {
            guard let equals = text.firstIndex(ofASCII: "=") else {
                throw UsageError("--set takes NODE.KEY=VALUE, not `\(text)`")
            }
            let name = text[..<equals]
            let written = String(text[text.utf8.index(after: equals)...])
            if let dot = name.firstIndex(ofASCII: ".") {
                let key = String(name[name.utf8.index(after: dot)...])
                guard !key.isEmpty else { throw UsageError("--set names no setting: `\(text)`") }
                settings.append((String(name[..<dot]), key, written))
            } else {
                parameters[String(name)] = written
            }
        }
    }

    /// The value of a variable: from `--env`, else from the environment.
    @Sendable func variable(_ name: String) -> String? {
        variables[name] ?? Terminal.variable(name)
    }

    /// Reads and checks a flow file.
    ///
    /// - Parameter assuming: Whether a parameter that has no value is taken as some value that fits: for
    ///   looking at a flow without running it.
    /// - Parameter dataDirectory: Where stores lie; two paths may lead to one store.
    ///
    /// Throws ``UsageError`` where an override or a parameter does not belong to the flow.
    func load(
        _ path: String, assuming: Bool = false, dataDirectory: String? = nil
    ) throws(UsageError) -> LoadedFlow {
        var loader = FlowLoader(registry: components, variables: variable)
        loader.settingTexts = settings
        loader.parameterTexts = parameters
        loader.assumesParameters = assuming
        if let dataDirectory { loader.dataDirectory = dataDirectory }
        let flow = loader.load(path)
        if let facts = flow.facts { try check(facts, flow.secrets) }
        return flow
    }

    private func check(_ facts: FlowFacts, _ secrets: Secrets) throws(UsageError) {
        for override in settings where !facts.nodeNames.has(override.node) {
            throw UsageError(
                "--set: the flow has no node `\(override.node)`",
                suggestion: Spelling.closest(to: override.node, among: facts.nodeNames))
        }
        for (name, text) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let parameter = facts.parameters.first(where: { $0.name.isSame(as: name) }) else {
                throw UsageError(
                    "--set: the flow has no parameter `\(name)`",
                    suggestion: Spelling.closest(to: name, among: facts.parameters.map(\.name)))
            }
            let value = parameter.schema.value(ofText: text)
            if let mismatch = parameter.schema.mismatches(value).first {
                let reason = mismatch.sentence(about: "the parameter `\(name)`")
                throw UsageError("--set: \(secrets.redacted(reason))")
            }
        }
    }
}

extension LoadedFlow {
    /// How a command ends that needs a plan where there is none: the file itself cannot be read, or
    /// something is wrong with it.
    var failureCode: ExitCode { diagnostics.hasUnreadableFile ? .cannotStart : .invalid }
}

extension [Diagnostic] {
    /// Whether a file that the command line names cannot be read.
    var hasUnreadableFile: Bool {
        contains { $0.code == Code.unreadableFile.rawValue && $0.line == 0 }
    }
}

extension Terminal {
    /// Shows what is wrong with a flow.
    func report(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { note(rendered(diagnostic)) }
    }

    private func rendered(_ diagnostic: Diagnostic) -> Note {
        let word = "\(diagnostic.severity.rawValue):"
        let parts = diagnostic.rendered.split(
            separator: word, maxSplits: 1, omittingEmptySubsequences: false)
        let painted = diagnostic.severity == .error ? red("\(word)") : yellow("\(word)")
        return parts.dropFirst().reduce(.lines(String(parts.first ?? ""))) { note, part in
            note + painted + .lines(String(part))
        }
    }
}
