import Sluice
import SluiceJSON
import SluiceSystem

/// One run of one case: feeds the steps and compares what comes out.
struct TestCaseRun {
    private let test: TestFile.Case
    private let plan: Plan
    private let ledger: MockLedger
    private let source: FlowSource
    /// The folder that stands for the flow's, by the paths of files.
    private let home: String

    init(_ ready: TestPreparation.Ready, _ source: FlowSource) {
        test = ready.test
        plan = ready.plan
        ledger = ready.ledger
        home = ready.home
        self.source = source
    }

    /// The problems of the first step that has any.
    func problems(seed: UInt64) -> [TestProblem] {
        do {
            let folder = try Folder.temporary()
            defer { Folder.remove(folder) }
            return problems(seed: seed, CaseFolder(folder, home: home, source: source))
        } catch {
            return [problem(0, test.range, "it does not start: \(error)")]
        }
    }

    private func problems(seed: UInt64, _ folder: CaseFolder) -> [TestProblem] {
        let harness: Harness
        do {
            try folder.copy(test.fixtures)
            harness = try Harness(
                plan, seed: seed, folder: folder.stores, files: folder.places)
        } catch {
            return [problem(0, test.range, "it does not start: \(error)")]
        }
        for (index, step) in test.steps.enumerated() {
            let number = index + 1
            var problems = run(step, number, harness)
            if problems.isEmpty { problems = folder.problems(step.files, step: number) }
            if problems.isEmpty, number == test.steps.count {
                problems = folder.problems(test.files, step: number)
            }
            if !problems.isEmpty { return problems }
        }
        return []
    }

    private func problem(_ step: Int, _ range: FlowSource.Range, _ text: String) -> TestProblem {
        let (line, column) = source.position(of: range)
        return TestProblem(file: source.path, line: line, column: column, step: step, text: text)
    }

    private func run(_ step: TestFile.Step, _ number: Int, _ harness: Harness) -> [TestProblem] {
        // What came out at the start belongs to the first step.
        var received = Outcome(harness.received())
        for send in step.sends {
            guard harness.takesInput else {
                let text =
                    "`\(send.port)` takes no message any more: an earlier failure ended the run"
                return [problem(number, step.range, text)]
            }
            do {
                received += try harness.send(send.messages.map(\.json), to: send.port)
            } catch {
                return [problem(number, step.range, "\(error)")]
            }
        }
        if let advance = step.advance { received += harness.advance(milliseconds: advance) }
        if step.ends { received += harness.finish() }
        var problems = ledger.takeUnanswered().map { question in
            var problem = problem(
                number, step.range,
                "no entry of the mock `\(question.node)` fits what came by `\(question.port)`")
            problem.received = JSONLayout.column.text(question.message)
            return problem
        }
        problems += compare(received, step, number)
        if step.ends, let chain = harness.result()?.stuck, !chain.isEmpty {
            let text = "the flow is stuck: \(chain.joined(separator: "; "))"
            problems.append(problem(number, step.range, text))
        }
        if step.ends {
            problems += (harness.result()?.stopFailures ?? []).map {
                problem(number, step.range, $0.text)
            }
        }
        return problems
    }

    // MARK: Comparing

    /// What came out in a step, by port.
    private struct Outcome {
        var ports: [(name: String, messages: [JSON])] = []

        init(_ received: Received) { self += received }

        static func += (outcome: inout Outcome, received: Received) {
            for (port, message) in received.messages { outcome.append(message, port) }
            // As where the flow is a node itself: what nothing handled leaves by `error`.
            for failure in received.failures { outcome.append(failure, "error") }
        }

        private mutating func append(_ message: JSON, _ port: String) {
            if let index = ports.firstIndex(where: { $0.name == port }) {
                ports[index].messages.append(message)
            } else {
                ports.append((port, [message]))
            }
        }
    }

    private func compare(
        _ outcome: Outcome, _ step: TestFile.Step, _ number: Int
    ) -> [TestProblem] {
        let expected = step.expectations.compactMap { expectation in
            let received = outcome.ports.first { $0.name == expectation.port }?.messages ?? []
            return difference(expectation, received, step, number)
        }
        let others = outcome.ports.filter { port in
            !step.expectations.contains { $0.port == port.name }
        }
        return expected
            + others.compactMap { port in
                let nothing = TestFile.PortMessages(
                    port: port.name, nameRange: step.range, messages: [])
                return difference(nothing, port.messages, step, number)
            }
    }

    /// The first difference between what a port should have emitted and what it did.
    private func difference(
        _ expected: TestFile.PortMessages, _ received: [JSON], _ step: TestFile.Step, _ number: Int
    ) -> TestProblem? {
        let wanted = expected.messages
        for index in 0..<max(wanted.count, received.count) {
            let pattern = index < wanted.count ? wanted[index] : nil
            let message = index < received.count ? received[index] : nil
            var mismatch: Pattern.Mismatch?
            if let pattern, let message {
                mismatch = pattern.mismatch(message)
                if mismatch == nil { continue }
            }
            var text = "`\(expected.port)`"
            if wanted.count != received.count {
                text += " emitted \(Self.count(received)), expected \(Self.count(wanted))"
            }
            if let mismatch {
                let place = max(wanted.count, received.count) > 1 ? " message \(index + 1)" : ""
                text += wanted.count != received.count ? ";" : ""
                text += "\(place) at \(mismatch.pathText): \(mismatch.text)"
            }
            var problem = problem(number, step.range, text)
            problem.port = expected.port
            problem.path = mismatch?.pathText
            problem.expected = pattern.map { JSONLayout.column.text($0.json) }
            problem.received = message.map { JSONLayout.column.text($0) }
            return problem
        }
        return nil
    }

    private static func count(_ messages: some Collection) -> String {
        switch messages.count {
        case 0: "nothing"
        case 1: "1 message"
        default: "\(messages.count) messages"
        }
    }
}

extension JSONLayout {
    /// The layout of a value in one of two columns.
    static var column: JSONLayout {
        var layout = JSONLayout()
        layout.width = SideBySide.width
        return layout
    }
}
