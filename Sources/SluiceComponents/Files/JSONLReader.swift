import Sluice
import SluiceJSON
import SluiceSystem

/// A source that reads JSON lines.
enum JSONLReader: Component {
    static let about = About(
        "jsonl_reader", "Reads a file or standard input, one JSON value a line",
        discussion: """
            A line that is no JSON fails with `invalid_json` and `details {file, line, column?}`, and \
            reading goes on; `message` is the line's text, its first 4096 bytes where it is longer. Blank \
            lines, CRLF, a byte order mark and a last line without end are accepted. A file that cannot \
            be opened keeps the flow from starting. The source ends with the file.
            """,
        example: #"{ "path": "turns.jsonl" }"#)

    struct Settings: Message {
        var path = ""
        var maxLineBytes = LineReader.defaultMaximumLineBytes
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "path", &path, .notBlank, role: .file,
                about: "The file, from the flow file's folder; `-` is standard input")
            try m.optional(
                "maxLineBytes", &maxLineBytes, .range(1...1_073_741_824),
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
            var lines = LineReader(maximumLineBytes: settings.maxLineBytes)
            var values = JSONLValues(file: file.name)
            var messages = LineMessages(file, source, out)
            while let bytes = try await file.read(for: source) {
                lines.append(bytes)
                while let line = lines.next() {
                    if let broken = values.add(line, to: &messages) {
                        guard try await messages.fail(broken) else { return }
                    } else if messages.isFull {
                        guard try await messages.flush() else { return }
                    }
                }
                guard try await messages.flush() else { return }
            }
            if let line = lines.finish(), let broken = values.add(line, to: &messages) {
                guard try await messages.fail(broken) else { return }
            }
            if try await messages.flush() { file.finish() }
        }
        ports.onStop { file.close() }
    }
}

/// The values of lines.
private struct JSONLValues: ~Copyable {
    private let file: String
    private var parser = JSONParser()

    init(file: String) { self.file = file }

    /// Adds a line's value, or says why it has none.
    mutating func add(
        _ line: LineReader.Line, to messages: inout LineMessages
    ) -> LineMessages.Broken? {
        guard !line.isTooLong else {
            return broken(line, "the line is longer than allowed", column: nil)
        }
        do {
            messages.add(try parser.parse(line.bytes), line: line.number)
            return nil
        } catch {
            return broken(line, error.message, column: error.column)
        }
    }

    private func broken(
        _ line: LineReader.Line, _ reason: String, column: Int?
    ) -> LineMessages.Broken {
        var details = [("file", JSON(file)), ("line", JSON(line.number))]
        if let column { details.append(("column", JSON(column))) }
        let place = details.map { $0.1.string ?? $0.1.text }.joined(separator: ":")
        let failure = Failure(
            "invalid_json", "\(place): \(reason)", details: try? JSON(object: details))
        let text = String(decoding: line.bytes.prefix(4096), as: UTF8.self)
        return LineMessages.Broken(failure: failure, message: JSON(text), line: line.number)
    }
}
