import Sluice
import SluiceJSON

extension Command {
    private static let message = Option(
        name: "message", value: "JSON", about: "The message; else each line of standard input")

    /// `sluice eval`.
    static let eval = Command(
        name: "eval",
        summary: "Evaluate a mapping template and print its value",
        discussion: """
            TEMPLATE is one string as it may stand in a `map`. The value is printed as JSON, one line a
            message. A broken template exits 3; a message for which it has no value exits 1, and the
            next is taken.
            """,
        operands: [Operand(name: "TEMPLATE", about: "Text with expressions in {{...}}")],
        options: [message],
        examples: [
            #"sluice eval '{{$.a + 1}}' --message '{"a": 41}'"#,
            #"sluice eval 'Hello {{$.name}}!' < people.jsonl"#,
        ]
    ) { arguments, terminal in
        let text = arguments.first
        let template: Template
        do throws(TemplateError) {
            template = try Template(text)
        } catch {
            for problem in error.problems {
                terminal.report(
                    problem.message, in: text, at: problem.offset, length: problem.length,
                    suggestion: problem.suggestion)
            }
            return .invalid
        }
        guard let message = arguments[message] else {
            if let file = File.standardInput.identity, file == File.standardOutput.identity {
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

    /// Evaluates for each line of standard input, and prints the values of a chunk at once.
    private static func evaluate(
        _ template: Template, _ terminal: Terminal
    ) throws(FileError) -> ExitCode {
        let input = File.standardInput
        let evaluation = Evaluation(template)
        var lines = JSONLines(path: input.path)
        var code = ExitCode.success
        while true {
            let bytes = try input.read(upTo: JSONLines.chunkBytes)
            lines.append(bytes)
            var items: [JSONLines.Item] = []
            while let item = lines.next() { items.append(item) }
            code = .worst([code, try evaluation.print(items, terminal)])
            if bytes.isEmpty { return code }
        }
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
                    try template.evaluate(message, .system).write(to: &output)
                    output.append(UInt8(ascii: "\n"))
                } catch {
                    let place: Note = line > 0 ? "\(File.standardInput.path):\(line): " : ""
                    failures.append("\(place)\(terminal.red("error:")) \(error)")
                }
            }
        }
        try terminal.write(json: output)
        for failure in failures { terminal.note(failure) }
        return failures.isEmpty ? .success : .failed
    }
}
