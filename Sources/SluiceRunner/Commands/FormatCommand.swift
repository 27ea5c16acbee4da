import Sluice
import SluiceJSON
import SluiceSystem

extension Command {
    private static let checkOnly = Option.flag(
        "check", "List files that differ from their one form, and leave them as they are")

    /// `sluice fmt`.
    static let format = Command(
        name: "fmt",
        summary: "Give flow and test files one form",
        discussion: """
            Files are changed in place, and those that change are listed; `-` formats standard input
            onto standard output. A file that is no JSON is left alone (exit 3).
            """,
        operands: [
            Operand(
                name: "FILE", about: "A flow file or a test file", count: .atLeastOne,
                values: .file)
        ],
        options: [checkOnly, .json],
        examples: ["\(.program) fmt Flows/*.json", "\(.program) fmt --check Flows/*.json"]
    ) { arguments, terminal in
        var changed: [String] = []
        var codes: [ExitCode] = []
        for path in arguments.operands {
            let isStandardInput = path == "-"
            let text =
                try isStandardInput
                ? FileStream.standardInput.contents() : FileStream.contents(of: path)
            let formatted = FlowFormatter.format(
                text, path: isStandardInput ? FileStream.standardInput.path : path)
            for diagnostic in formatted.diagnostics { terminal.note(.lines(diagnostic.rendered)) }
            guard let new = formatted.text else {
                codes.append(.invalid)
                continue
            }
            if isStandardInput, !arguments.has(checkOnly) {
                try terminal.write(json: new)
            } else if new != text {
                changed.append(path)
                if arguments.has(checkOnly) {
                    codes.append(.failed)
                } else {
                    try FileStream.write(new, to: path)
                }
            }
        }
        if arguments.has(.json) {
            try terminal.write(json: "\(try facts(changed).pretty())\n")
        } else {
            for path in changed { try terminal.print("\(path)\n") }
        }
        return .worst(codes)
    }

    private static func facts(_ changed: [String]) throws -> JSON {
        var facts = JSONBuilder()
        facts.beginObject()
        facts.member("schema", 1)
        facts.member("changed", try JSON(array: changed.map { JSON($0) }))
        facts.endObject()
        return try facts.finish()
    }
}
