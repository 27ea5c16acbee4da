public import Sluice
import SluiceJSON
import SluiceSystem

/// Runs test files: each case of one against a component or flow started anew, under virtual time
/// and a seed, with all files and stores in a temporary folder.
///
/// Everything runs on the caller's thread.
public struct TestRunner: Sendable {
    /// The components that test files and their flows can name.
    public var registry: ComponentRegistry
    /// Decides the order in which tasks run, and what is random.
    public var seed: UInt64 = 1
    /// Run only the cases that have this in their names.
    public var filter: String?
    /// Text variables beyond those of the test file, for `${NAME}`.
    public var variables: @Sendable (String) -> String?

    /// Creates a runner.
    public init(
        registry: ComponentRegistry,
        variables: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.registry = registry
        self.variables = variables
    }

    /// Runs a test file.
    ///
    /// Never throws: what is wrong with the file comes as diagnostics, all in one call, and then
    /// nothing of it runs.
    public func run(_ path: String) -> TestFileResult {
        do throws(FileError) {
            return run(try FileStream.contents(of: path), path: path)
        } catch {
            let problem = FlowLoader.unreadable(path, error.description)
            return TestFileResult(path: path, diagnostics: [problem], cases: [])
        }
    }

    /// Runs the text of a test file as if it stood at `path`.
    public func run(_ text: [UInt8], path: String) -> TestFileResult {
        let (source, cases, diagnostics) = read(text, path)
        guard let source, diagnostics.isEmpty else {
            return TestFileResult(path: path, diagnostics: diagnostics, cases: [])
        }
        let selected = cases.filter { ready in
            filter.map { $0.isEmpty || Substring(ready.test.name).range(of: $0) != nil } ?? true
        }
        return TestFileResult(path: path, diagnostics: [], cases: selected.map { run($0, source) })
    }

    /// Says everything that is wrong with a test file and what it tests, and runs nothing.
    public func check(_ path: String) -> [Diagnostic] {
        do throws(FileError) {
            return read(try FileStream.contents(of: path), path).diagnostics
        } catch {
            return [FlowLoader.unreadable(path, error.description)]
        }
    }

    /// The files that a test file is made of: itself, the flow file with its sub-flow files, and what
    /// is copied for cases; as far as they can be read.
    public func filesRead(by path: String) -> [String] {
        guard Folder.isOrdinaryFile(path), let text = try? FileStream.contents(of: path),
            let source = FlowSource.parse(text, path: path).0
        else { return [path] }
        var reader = TestFileReader(source)
        let file = reader.read()
        let fixtures = file.cases.flatMap(\.fixtures).map { CaseFolder.place(of: $0, in: source) }
        return [path] + TestPreparation(file, self).flowFiles + fixtures
    }

    private func read(
        _ text: [UInt8], _ path: String
    ) -> (source: FlowSource?, cases: [TestPreparation.Ready], diagnostics: [Diagnostic]) {
        let (parsed, problem) = FlowSource.parse(text, path: path)
        guard let source = parsed else { return (nil, [], problem.map { [$0] } ?? []) }
        var reader = TestFileReader(source)
        let file = reader.read()
        var preparation = TestPreparation(file, self)
        let cases = preparation.prepare()
        let diagnostics = (reader.diagnostics + preparation.diagnostics)
            .sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        return (source, cases, diagnostics)
    }

    private func run(_ ready: TestPreparation.Ready, _ source: FlowSource) -> TestCaseResult {
        var problems: [TestProblem] = []
        let duration = ContinuousClock().measure {
            problems = TestCaseRun(ready, source).problems(seed: seed)
        }
        return TestCaseResult(
            name: ready.test.name, line: source.position(of: ready.test.range).line,
            problems: problems,
            duration: duration)
    }
}
