import Sluice
import SluiceJSON
import SluiceSystem

extension Command {
    private static let message = Option(
        name: "message", value: "JSON", about: "The message; else each line of standard input")
    private static let file = Option(
        name: "file", value: "FILE", about: "Read the template from a file", values: .file,
        letter: "f")

    /// `sluice eval`.
    static let eval = Command(
        name: "eval",
        summary: "Evaluate a mapping template and print its value",
        discussion: """
            TEMPLATE is what may stand in a `map`: text that begins with `{` or `[` and is JSON is a
            template of JSON, any other text one string. The value is printed as JSON, one line a
            message. A broken template exits 3; a message for which it has no value exits 1, and the
            next is taken.
            """,
        operands: [
            Operand(
                name: "TEMPLATE", about: "Text or JSON with expressions in {{...}}",
                count: .optional)
        ],
        options: [message, file],
        examples: [
            #"\#(.program) eval '{{$.a + 1}}' --message '{"a": 41}'"#,
            #"\#(.program) eval 'Hello {{$.name}}!' < people.jsonl"#,
            #"\#(.program) eval '{"id": "{{$.chat}}/{{$.at}}", "turn": "{{$}}"}' < turns.jsonl"#,
            "\(.program) eval -f map.json < turns.jsonl",
        ]
    ) { arguments, terminal in
        let source = TemplateText(try text(of: arguments))
        let template: Template
        do throws(TemplateError) {
            template = try Template(source.json, at: "")
        } catch {
            for problem in error.problems {
                let place = problem.path == "$" ? "" : "\(problem.path): "
                terminal.report(
                    "\(place)\(problem.message)", in: source.string(at: problem.path),
                    at: problem.offset, length: problem.length, suggestion: problem.suggestion)
            }
            return .invalid
        }
        guard let message = arguments[message] else {
            if let file = FileStream.standardInput.identity, file.kind == .ordinary,
                file == FileStream.standardOutput.identity
            {
                throw UsageError(
                    "standard output is redirected into the file that is read: it would never end")
            }
            return try evaluate(template, terminal)
        }
        let value: JSON
        do throws(JSONError) {
            value = try JSON(parsing: message)
        } catch {
            throw UsageError("--message is no JSON: column \(error.column): \(error.message)")
        }
        return try Evaluation(template).print([.value(value, line: 0)], terminal)
    }

    /// The text of the template, from the command line or from a file.
    private static func text(of arguments: Arguments) throws -> String {
        guard let path = arguments[file] else {
            guard let text = arguments.operands.first else {
                throw UsageError("TEMPLATE is missing")
            }
            return text
        }
        guard arguments.operands.isEmpty else {
            throw UsageError("a template is given, and --file \(path) too")
        }
        guard let text = String(validating: try FileStream.contents(of: path), as: UTF8.self) else {
            throw CommandFailure("\(path) is no UTF-8 text", code: .invalid)
        }
        // The line end that editors put at the end is no part of it.
        return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Evaluates for each line of standard input, and prints the values of a chunk at once.
    private static func evaluate(
        _ template: Template, _ terminal: Terminal
    ) throws(FileError) -> ExitCode {
        let input = FileStream.standardInput
        let evaluation = Evaluation(template)
        var lines = JSONLines(path: input.path)
        var code = ExitCode.success
        while true {
            let bytes = try input.read(upTo: FileStream.chunkBytes)
            lines.append(bytes)
            var items: [JSONLines.Item] = []
            while let item = lines.next() { items.append(item) }
            code = .worst([code, try evaluation.print(items, terminal)])
            if bytes.isEmpty { return code }
        }
    }
}

/// The text of a template: JSON where it begins with `{` or `[` and is JSON, else one string.
private struct TemplateText {
    let json: JSON

    init(_ text: String) {
        let start = text.utf8.first { !" \t\r\n".utf8.contains($0) }
        let isJSON = start == UInt8(ascii: "{") || start == UInt8(ascii: "[")
        json = (isJSON ? try? JSON(parsing: text) : nil as JSON?) ?? JSON(text)
    }

    /// The string in it that lies at a path.
    func string(at path: String) -> String {
        (try? JSONPath(path))?.first(in: json)?.string ?? json.string ?? json.text
    }
}

/// A template that is evaluated for messages.
private struct Evaluation {
    let template: Template

    init(_ template: Template) { self.template = template }

    /// Prints the values; failures go to standard error.
    func print(_ items: [JSONLines.Item], _ terminal: Terminal) throws(FileError) -> ExitCode {
        var output: [UInt8] = []
        var failures: [Note] = []
        for item in items {
            switch item {
            case .broken(let line):
                failures.append("\(line.place): \(terminal.red("error:")) \(line.reason)")
            case .value(let message, let line):
                do throws(EvaluationError) {
                    try template.evaluate(message, .system).writeLine(to: &output)
                } catch {
                    let place: Note = line > 0 ? "\(FileStream.standardInput.path):\(line): " : ""
                    failures.append("\(place)\(terminal.red("error:")) \(error)")
                }
            }
        }
        try terminal.write(json: output)
        for failure in failures { terminal.note(failure) }
        return failures.isEmpty ? .success : .failed
    }
}
