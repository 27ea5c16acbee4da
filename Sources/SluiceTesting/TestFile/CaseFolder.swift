import Sluice
import SluiceJSON
import SluiceSystem

/// The temporary folder of a case, in which all of its files and stores lie.
struct CaseFolder {
    /// Where the case's files lie.
    let places: FilePlaces
    /// Where the case's stores lie.
    let stores: String
    private let home: String
    private let source: FlowSource

    init(_ folder: String, home: String, source: FlowSource) {
        places = .confined(to: folder, home: home)
        stores = "\(folder)/data"
        self.home = home
        self.source = source
    }

    /// Where the file lies that is copied.
    static func place(of fixture: TestFile.Fixture, in source: FlowSource) -> String {
        Folder.join(Folder.containing(source.path), fixture.path.string ?? "")
    }

    /// Copies files to where the flow finds them.
    ///
    /// - Throws: `FileError` or `Failure` where one cannot be copied.
    func copy(_ fixtures: [TestFile.Fixture]) throws {
        for fixture in fixtures {
            let bytes = try FileStream.contents(
                of: Self.place(of: fixture, in: source), atMost: TestLimits.fileBytes)
            guard let place = places.confined(fixture.name, from: home, for: .reading) else {
                continue
            }
            try Folder.create(Folder.containing(place))
            try FileStream.write(bytes, to: place)
        }
    }

    // MARK: What was written

    /// The files that do not hold what they have to.
    func problems(_ expected: [TestFile.FileExpectation], step: Int) -> [TestProblem] {
        expected.compactMap { problem($0, step) }
    }

    private func problem(
        _ expected: TestFile.FileExpectation, _ step: Int
    ) -> TestProblem? {
        let text: String?
        do {
            text = try self.text(of: expected.name)
        } catch {
            return problem(expected, step, "\(error)")
        }
        switch expected.content {
        case .text(let pattern):
            guard let mismatch = pattern.mismatch(text.map { JSON($0) }) else { return nil }
            return problem(expected, step, mismatch.text, wanted: pattern, found: text)
        case .lines(let patterns):
            guard let text else { return problem(expected, step, "it is not there") }
            return difference(expected, patterns, Self.lines(of: text), step)
        }
    }

    /// The first line that is not as expected.
    private func difference(
        _ expected: TestFile.FileExpectation, _ patterns: [Pattern], _ lines: [String], _ step: Int
    ) -> TestProblem? {
        for index in 0..<max(patterns.count, lines.count) {
            let pattern = index < patterns.count ? patterns[index] : nil
            let line = index < lines.count ? lines[index] : nil
            var texts: [String] = []
            if patterns.count != lines.count {
                let count = lines.count == 1 ? "1 line" : "\(lines.count) lines"
                texts.append("it has \(count), expected \(patterns.count)")
            }
            if let line, let pattern {
                guard let message = try? JSON(parsing: Array(line.utf8)) else {
                    return problem(
                        expected, step, "line \(index + 1) is no JSON", wanted: pattern, found: line
                    )
                }
                guard let mismatch = pattern.mismatch(message) else { continue }
                texts.append("line \(index + 1) at \(mismatch.pathText): \(mismatch.text)")
            }
            return problem(
                expected, step, texts.joined(separator: "; "), wanted: pattern, found: line)
        }
        return nil
    }

    private func problem(
        _ expected: TestFile.FileExpectation, _ step: Int, _ text: String,
        wanted: Pattern? = nil, found: String? = nil
    ) -> TestProblem {
        let (line, column) = source.position(of: expected.nameRange)
        var problem = TestProblem(
            file: source.path, line: line, column: column, step: step,
            text: "file \(expected.name): \(text)")
        problem.expected = wanted.map { $0.json.string ?? JSONLayout.column.text($0.json) }
        problem.received = found
        return problem
    }

    /// The text of a file that the flow knows by `name`; nil where it is not there.
    private func text(of name: String) throws -> String? {
        guard let path = places.confined(name, from: home, for: .writing), Folder.exists(path)
        else { return nil }
        let bytes = try FileStream.contents(of: path, atMost: TestLimits.fileBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HarnessError("it is no UTF-8 text")
        }
        return text
    }

    private static func lines(of text: String) -> [String] {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
