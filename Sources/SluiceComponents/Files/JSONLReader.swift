import Sluice
import SluiceJSON
import SluiceSystem

/// A source that reads JSON lines.
enum JSONLReader: Component {
    static let about = About(
        "jsonl_reader", "Reads a file or standard input, one JSON value a line",
        discussion: """
            A line that is no JSON fails with `invalid_json` and `details {file, line, column}`, and \
            reading goes on; `message` is the line's text, its first 4096 bytes where it is longer. Blank \
            lines, CRLF, a byte order mark and a last line without end are accepted. A file that cannot \
            be opened keeps the flow from starting. The source ends with the file.
            """,
        example: #"{ "path": "turns.jsonl" }"#)

    struct Settings: Message {
        var path = ""
        var maxLineBytes = ComponentLimits.lineBytes.usual
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "path", &path, .notBlank, role: .file,
                about: "The file, from the flow file's folder; `-` is standard input")
            try m.optional(
                "maxLineBytes", &maxLineBytes, .range(ComponentLimits.lineBytes.range),
                about: "A longer line fails, its end not counted")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let file = InputFile(settings.path)
        ports.declaresFailures = true
        ports.fails(with: "io", "invalid_json")
        ports.effects = .files
        ports.readsFile(settings.path)
        ports.onStart { context in try await file.open(in: context) }
        let out = ports.output("out", JSON.self, about: "The value of a line")
        ports.source(.finite) { source in
            var lines = JSONLines(path: file.name, maximumLineBytes: settings.maxLineBytes)
            var messages = LineMessages(file, source, out)
            while let bytes = try await file.read(for: source) {
                lines.append(bytes)
                guard try await messages.addAll(&lines) else { return }
            }
            lines.append([])
            if try await messages.addAll(&lines) { file.finish() }
        }
        ports.onStop { file.close() }
    }
}

extension LineMessages {
    /// Adds the values of all lines that have been read and lets them leave.
    ///
    /// A line that has none fails. False where the source has to end.
    fileprivate mutating func addAll(_ lines: inout JSONLines) async throws(Failure) -> Bool {
        while let item = lines.next() {
            switch item {
            case .value(let value, let line):
                add(value, line: line)
                if isFull { guard try await flush() else { return false } }
            case .broken(let line):
                guard try await fail(line) else { return false }
            }
        }
        return try await flush()
    }

    private mutating func fail(_ line: BrokenLine) async throws(Failure) -> Bool {
        try await fail(Broken(failure: line.failure, message: JSON(line.text), line: line.line))
    }
}
