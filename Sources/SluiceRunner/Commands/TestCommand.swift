import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting

extension Command {
    private static let junit = Option(
        name: "junit", value: "FILE", about: "Write a report in the XML format of JUnit too",
        values: .file)
    private static let seed = Option(
        name: "seed", value: "N", about: "Decide the order of tasks and what is random (default 1)")
    private static let filter = Option(
        name: "filter", value: "TEXT", about: "Run only cases that have TEXT in their names")

    /// `sluice test`.
    static let test = Command(
        name: "test",
        summary: "Run test files",
        discussion: """
            Each case of a test file (*.test.json) feeds a component or a flow that is started anew,
            under virtual time, with all of its files and stores in a temporary folder: real files are not
            touched. Whatever comes out has to be expected. Exits 1 where a case failed, 3 where a file or its flow is wrong,
            6 where a test file cannot be read.
            """,
        operands: [
            Operand(
                name: "PATH", about: "A test file, or a folder with some below it (default .)",
                count: .any, values: .file)
        ],
        options: [filter, seed, .environment, junit, .json],
        examples: [
            "\(.program) test", "\(.program) test Flows --filter \"absent key\" --junit report.xml",
        ]
    ) { arguments, terminal in
        var runner = TestRunner(
            registry: arguments.program.components,
            variables: try FlowSettings(arguments).variable)
        runner.filter = arguments[filter]
        if let text = arguments[seed] {
            guard let seed = UInt64(text) else {
                throw UsageError("--seed is a whole number, not `\(text)`")
            }
            runner.seed = seed
        }
        if let path = arguments[junit] { try StoreFolder.checkOutside(path) }
        let files = try testFiles(arguments.operands)
        if let path = arguments[junit] {
            try check(path, against: [arguments[.environment]].compactMap(\.self))
            for file in files where Folder.isOrdinaryFile(path) {
                try check(path, against: runner.filesRead(by: file))
            }
        }
        var report = TestReport()
        for path in files {
            let result = runner.run(path)
            report.files.append(result)
            for diagnostic in result.diagnostics { terminal.note(.lines(diagnostic.rendered)) }
            if !arguments.has(.json) { try terminal.print(lines(result)) }
        }
        if let filter = runner.filter, report.passed + report.failed + report.broken == 0 {
            throw UsageError("no case has `\(filter)` in its name")
        }
        if let path = arguments[junit] { try FileStream.write(Array(report.junit.utf8), to: path) }
        if arguments.has(.json) {
            try terminal.write(json: "\(try facts(report).pretty())\n")
        } else {
            try terminal.print("\(report.passed) passed, \(report.failed) failed\n")
        }
        return .worst(report.files.map(code))
    }

    private static func code(of file: TestFileResult) -> ExitCode {
        guard !file.isBroken else {
            return file.diagnostics.hasUnreadableFile ? .cannotStart : .invalid
        }
        return file.cases.allSatisfy(\.hasPassed) ? .success : .failed
    }

    /// Refuses a report that would replace a file that is read.
    private static func check(
        _ report: String, against files: [String]
    ) throws(UsageError) {
        let target = FileIdentity(path: report)
        if let read = files.first(where: { target != nil && FileIdentity(path: $0) == target }) {
            throw UsageError("--junit would replace \(read), which is read")
        }
    }

    private static func testFiles(_ operands: [String]) throws -> [String] {
        var files: [String] = []
        for path in operands.isEmpty ? ["."] : operands {
            if Folder.isFolder(path) {
                let found = try TestFolder.files(below: path)
                guard !found.isEmpty else {
                    throw UsageError("there is no *\(TestFolder.ending) below \(path)")
                }
                files += found.filter { !files.has($0) }
            } else if !files.has(path) {
                files.append(path)
            }
        }
        return files
    }

    private static func lines(_ file: TestFileResult) -> Note {
        file.cases.reduce(into: "") { text, test in
            text += "\(test.hasPassed ? "ok  " : "FAIL") \(file.path): \(test.name)\n"
            for problem in test.problems { text += .lines("\(problem.rendered)\n") }
        }
    }

    // MARK: For programs

    private static func facts(_ report: TestReport) throws -> JSON {
        var facts = JSONBuilder()
        facts.beginObject()
        facts.member("schema", 1)
        facts.member("passed", report.passed)
        facts.member("failed", report.failed)
        facts.member("broken", report.broken)
        facts.name("files")
        facts.beginArray()
        for file in report.files {
            facts.beginObject()
            facts.member("file", file.path)
            facts.name("cases")
            facts.beginArray()
            for test in file.cases { append(test, to: &facts) }
            facts.endArray()
            facts.endObject()
        }
        facts.endArray()
        facts.endObject()
        return try facts.finish()
    }

    private static func append(_ test: TestCaseResult, to facts: inout JSONBuilder) {
        facts.beginObject()
        facts.member("name", test.name)
        facts.member("line", test.line)
        facts.member("passed", test.hasPassed)
        facts.name("problems")
        facts.beginArray()
        for problem in test.problems {
            facts.beginObject()
            facts.member("line", problem.line)
            facts.member("column", problem.column)
            facts.member("step", problem.step)
            facts.member("port", problem.port.map { JSON($0) } ?? .null)
            facts.member("path", problem.path.map { JSON($0) } ?? .null)
            facts.member("text", problem.text)
            facts.member("expected", problem.expected.map { JSON($0) } ?? .null)
            facts.member("received", problem.received.map { JSON($0) } ?? .null)
            facts.endObject()
        }
        facts.endArray()
        facts.endObject()
    }
}
