public import SluiceJSON
import SluiceSystem

/// Reads flow files, checks them and makes plans that can run.
public struct FlowLoader: Sendable {
    /// The components that flows can name.
    public var registry: ComponentRegistry
    /// Text variables: what `${NAME}` stands for beyond the flow's parameters.
    public var variables: @Sendable (String) -> String?
    /// Settings that override those of the file: node (with sub-flows `outer/inner`), setting, value;
    /// of a node that is a sub-flow, its parameters.
    public var overrides: [(node: String, setting: String, value: JSON)] = []
    /// Values of the flow's own parameters.
    public var parameters: [String: JSON] = [:]
    /// Overrides whose values are text, as a command line gives them.
    ///
    /// Text is read as the setting's schema wants it. A file's path among them starts at
    /// ``currentFolder``, and a finding names the option `--set`.
    public var settingTexts: [(node: String, setting: String, text: String)] = []
    /// Values of the flow's own parameters as text, with the same rules.
    public var parameterTexts: [String: String] = [:]
    /// The folder that paths given as text start at.
    public var currentFolder = "."
    /// The folder that stores live in, as the run will have it: two paths may lead to one store.
    public var dataDirectory = "data"
    /// Whether a parameter that has to be given and is not is taken as some value of its schema.
    ///
    /// For looking at a flow: the plan is then not one to run.
    public var assumesParameters = false
    /// Nodes that something else stands in for, by name (with sub-flows `outer/inner`): each
    /// function gets the ports that the node declares; see ``Ports/handled(by:)``.
    public var replacements: [String: @Sendable (Ports) -> Ports] = [:]

    /// Creates a loader.
    public init(
        registry: ComponentRegistry,
        variables: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.registry = registry
        self.variables = variables
    }

    /// Reads and checks a flow file and the sub-flows it names.
    ///
    /// Never throws: everything wrong is a diagnostic, all of them in one call, and the plan is there
    /// only when none is an error.
    public func load(_ path: String) -> LoadedFlow {
        do throws(FileError) {
            return load(try FileStream.contents(of: path), path: path)
        } catch {
            return LoadedFlow(
                plan: nil, diagnostics: [FlowLoader.unreadable(path, error.description)],
                facts: nil)
        }
    }

    /// Checks the text of a flow file as if it stood at `path`.
    public func load(_ text: [UInt8], path: String) -> LoadedFlow {
        var builder = FlowBuilder(self)
        let unit = builder.add(text, path: path, use: nil, prefix: "", within: [])
        guard let unit else {
            return LoadedFlow(
                plan: nil, diagnostics: builder.sorted(), facts: nil,
                files: builder.plan.sourceFiles.sorted())
        }
        builder.finish(unit)
        let diagnostics = builder.sorted()
        let hasErrors = diagnostics.contains { $0.severity == .error }
        builder.plan.secrets = builder.secrets
        return LoadedFlow(
            plan: hasErrors ? nil : builder.plan, diagnostics: diagnostics,
            facts: FlowFacts(unit, builder.plan), secrets: builder.secrets,
            files: builder.plan.sourceFiles.sorted())
    }

    package static func unreadable(_ path: String, _ text: String) -> Diagnostic {
        Diagnostic(
            severity: .error, code: Code.unreadableFile.rawValue, message: text, file: path,
            line: 0, column: 0, length: 0, lineText: "")
    }
}

/// A flow file that has been read and checked.
public struct LoadedFlow: Sendable {
    /// What runs; nil where a diagnostic is an error.
    public let plan: Plan?
    /// Everything found, in the order of files and lines.
    public let diagnostics: [Diagnostic]
    /// What people read about the flow; nil where the file cannot be read as JSON.
    public let facts: FlowFacts?
    /// What must not be shown to people.
    public var secrets = Secrets()
    /// The flow file and its sub-flow files, as far as they were read.
    package var files: [String] = []
    /// The flow's parameters, in order.
    public var parameters: [(name: String, schema: Schema)] {
        facts?.parameters.map { ($0.name, $0.schema) } ?? []
    }

    /// How many diagnostics are errors.
    public var errorCount: Int { diagnostics.count { $0.severity == .error } }
}
