import Sluice
import SluiceSystem

/// What a command line asks `run` to do, names not yet compared with the flow.
struct RunRequest: Sendable {
    /// A port and the file that belongs to it.
    struct Binding: Sendable {
        let port: String
        let path: String
    }

    static let inputOption = Option(
        name: "in", value: "NAME=FILE",
        about: "Feed an input with JSON values, one a line; `-` is standard input",
        values: .names(.inputs), isRepeatable: true)
    static let messagesOption = Option(
        name: "messages", value: "FILE",
        about: #"Feed lines {"port": NAME, "message": ...}, each when the flow is idle"#,
        values: .file)
    static let outputOption = Option(
        name: "out", value: "NAME=FILE",
        about: "Write an output's messages to a file, one a line; `-` is standard output",
        values: .names(.outputs), isRepeatable: true)
    static let dataDirectory = Option(
        name: "data-dir", value: "DIR", about: "The folder that stores live in (./data)",
        values: .folder)
    static let trace = Option(
        name: "trace", value: "FILE",
        about: "Write a JSON line for each message on an edge and each failure; `-` is standard "
            + "output",
        values: .file)
    static let stats = Option.flag("stats", "Print what each node did at the end")
    static let statsJSON = Option.flag("json", "Print --stats as JSON")
    static let statsFile = Option(
        name: "stats-file", value: "FILE",
        about: "Write what each node did as JSON to a file of its own; `-` is standard output",
        values: .file)
    static let progress = Option(
        name: "progress", value: "auto|plain|none",
        about: "Show rates while it runs: on a terminal (auto), as lines, or not",
        values: .choice(["auto", "plain", "none"]))
    static let drainTimeout = Option(
        name: "drain-timeout", value: "TIME",
        about: "How long a stopped run may finish what is in flight (10s)")

    static let options: [Option] = [
        inputOption, messagesOption, outputOption, dataDirectory, FlowSettings.set, .environment,
        trace, stats, statsJSON, statsFile, progress, drainTimeout,
    ]

    let inputs: [Binding]
    let messages: String?
    let outputs: [Binding]
    let environment: String?
    let trace: String?
    let statsFile: String?
    let drainTimeout: TimeSpan

    /// Reads the options.
    init(_ arguments: Arguments) throws(UsageError) {
        inputs = try RunRequest.bindings(RunRequest.inputOption, arguments, for: .reading)
        messages = arguments[RunRequest.messagesOption].map { FilePlaces.path($0, for: .reading) }
        outputs = try RunRequest.bindings(RunRequest.outputOption, arguments, for: .writing)
        environment = arguments[.environment]
        trace = arguments[RunRequest.trace].map { FilePlaces.path($0, for: .writing) }
        statsFile = arguments[RunRequest.statsFile].map { FilePlaces.path($0, for: .writing) }
        let text = arguments[RunRequest.drainTimeout] ?? "10s"
        guard let time = TimeSpan(text) else {
            throw UsageError("--drain-timeout takes a time such as 10s or 500ms, not `\(text)`")
        }
        drainTimeout = time
        let paths = inputs.map(\.path) + [messages].compactMap(\.self)
        guard paths.count(where: { $0 == "-" }) < 2 else {
            throw UsageError("standard input can be read only once")
        }
        for (index, output) in outputs.enumerated()
        where outputs[..<index].map(\.port).has(output.port) {
            throw UsageError("--out names `\(output.port)` twice")
        }
        let files = outputs.map(\.path) + [trace, statsFile].compactMap(\.self)
        for path in files where path != "-" { try StoreFolder.checkOutside(path) }
        if FileStream.standardOutput.identity?.kind == .ordinary {
            try StoreFolder.checkOutside("/dev/stdout", called: "standard output")
        }
    }

    private static func bindings(
        _ option: Option, _ arguments: Arguments, for use: FilePlaces.Use
    ) throws(UsageError) -> [Binding] {
        var bindings: [Binding] = []
        for text in arguments.all(option) {
            guard let equals = text.firstIndex(ofASCII: "="), !text.ends(with: "=") else {
                throw UsageError("--\(option.name) takes NAME=FILE, not `\(text)`")
            }
            let path = String(text[text.utf8.index(after: equals)...])
            bindings.append(
                Binding(port: String(text[..<equals]), path: FilePlaces.path(path, for: use)))
        }
        return bindings
    }

    /// Compares the names with what the flow exports, also of a flow with errors.
    func check(against facts: FlowFacts) throws(UsageError) {
        try check(inputs, "input", facts.inputNames)
        try check(outputs, "output", facts.outputNames)
    }

    /// Refuses a run that would have nothing to do.
    func check(against plan: Plan) throws(UsageError) {
        guard !plan.hasSources, inputs.isEmpty, messages == nil, !plan.inputNames.isEmpty else {
            return
        }
        let names = plan.inputNames.map { "`\($0)`" }.joined(separator: ", ")
        throw UsageError(
            "the flow takes messages at \(names) and would get none: "
                + "give --in \(plan.inputNames.first ?? "NAME")=FILE or --messages FILE")
    }

    private func check(
        _ bindings: [Binding], _ kind: String, _ names: [String]
    ) throws(UsageError) {
        for binding in bindings where !names.has(binding.port) {
            let list = names.map { "`\($0)`" }.joined(separator: ", ")
            let known = names.isEmpty ? "it exports none" : "it has \(list)"
            throw UsageError(
                "the flow has no \(kind) `\(binding.port)`; \(known)",
                suggestion: Spelling.closest(to: binding.port, among: names))
        }
    }
}
