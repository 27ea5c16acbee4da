import Sluice
import SluiceJSON

/// What people and programs read about a run that has ended.
struct RunReport: Sendable {
    let result: RunResult
    let nanoseconds: UInt64
    let messagesIn: Int
    let messagesOut: Int
    /// The ordinary files that were not read to their end.
    let unfinished: [RunFiles.Reading]

    /// How the run ended.
    var code: ExitCode {
        var codes: [ExitCode] = []
        if !result.stuck.isEmpty { codes.append(.stuck) }
        let isIncomplete =
            !result.lost.isEmpty || !result.held.isEmpty || !result.unreturned.isEmpty
        if isIncomplete, result.stuck.isEmpty { codes.append(.lost) }
        if result.unhandledFailures > 0 { codes.append(.failed) }
        if !result.stopFailures.isEmpty { codes.append(.cannotStart) }
        return .worst(codes)
    }

    /// Says what was stuck or lost, and what could not end well.
    func explain(to terminal: Terminal) {
        if !result.stuck.isEmpty {
            terminal.note("\(terminal.red("error:")) the flow is stuck: nothing can go on")
            for line in result.stuck { terminal.note("  \(line)") }
        } else if !result.lost.isEmpty {
            terminal.report(lost: result.lost)
        }
        for held in result.held {
            let count = Words.count(held.messages, "message")
            terminal.note(
                "\(terminal.red("error:")) `\(held.node)` held \(count) of its input "
                    + "`\(held.input)` and did not hand \(held.messages == 1 ? "it" : "them") on")
        }
        for node in result.unreturned {
            terminal.note(
                "\(terminal.red("error:")) a handler of `\(node)` has not returned; what it did "
                    + "is not known")
        }
        for failure in result.stopFailures {
            terminal.note("\(terminal.red("error:")) \(failure.text) [\(failure.code)]")
        }
    }

    private var seconds: Double { Double(nanoseconds) / 1e9 }

    /// A table for people.
    var table: String {
        var table = Table(rightAligned: [2, 3, 4, 5])
        table.add(["NODE", "COMPONENT", "RECEIVED", "EMITTED", "FAILED", "RETRIES"])
        for node in result.nodes {
            table.add([
                node.name, node.component, node.received.grouped, node.emitted.grouped,
                node.failed.grouped, node.retries.grouped,
            ])
        }
        let rate = Int(Double(messagesIn) / max(seconds, 1e-9))
        let inflow = messagesIn > 0 ? " (\(rate.grouped) a second)" : ""
        return table.text
            + "\(Words.count(messagesIn, "message")) in\(inflow), \(messagesOut.grouped) out, "
            + "\(Words.seconds(seconds)) s\n"
    }

    /// The same for programs.
    func json() throws(JSONError) -> JSON {
        var facts = JSONBuilder()
        facts.beginObject()
        facts.member("schema", 1)
        facts.name("seconds")
        facts.append(JSON(seconds) ?? .null)
        facts.member("messagesIn", messagesIn)
        facts.member("messagesOut", messagesOut)
        facts.member("unhandledFailures", result.unhandledFailures)
        facts.list("nodes", result.nodes) { facts, node in
            facts.member("name", node.name)
            facts.member("component", node.component)
            facts.member("received", node.received)
            facts.member("emitted", node.emitted)
            facts.member("failed", node.failed)
            facts.member("retries", node.retries)
        }
        facts.name("stuck")
        facts.append(try JSON(array: result.stuck.map { JSON($0) }))
        facts.list("held", result.held) { facts, held in
            facts.member("node", held.node)
            facts.member("input", held.input)
            facts.member("messages", held.messages)
        }
        facts.name("unreturned")
        facts.append(try JSON(array: result.unreturned.map { JSON($0) }))
        facts.list("lost", result.lost) { facts, backlog in
            facts.member("edge", backlog.edge)
            facts.member("messages", backlog.messages)
        }
        facts.list("unfinished", unfinished) { facts, input in
            facts.member("input", input.name)
            facts.member("line", input.line)
        }
        facts.endObject()
        return try facts.finish()
    }
}

extension JSONBuilder {
    /// Adds a member that is an array of objects, one for each item.
    fileprivate mutating func list<Item>(
        _ member: String, _ items: [Item], _ addMembers: (inout JSONBuilder, Item) -> Void
    ) {
        name(member)
        beginArray()
        for item in items {
            beginObject()
            addMembers(&self, item)
            endObject()
        }
        endArray()
    }
}

extension Terminal {
    /// How many characters of a message are shown.
    private static let shownCharacters = 200

    /// Shows a failure that no edge takes.
    func report(failure: JSON, isLogged: Bool) {
        let node = failure["node"]?.string ?? ""
        let port = failure["port"]?.string.map { ".\($0)" } ?? ""
        let word = isLogged ? yellow("warning:") : red("error:")
        let code = failure["code"]?.string ?? ""
        var text: Note =
            "\(word) `\(node)\(port)` failed: \(failure["error"]?.string ?? "") [\(code)]"
        // In one piece: another node may fail at the same time.
        if let message = failure["message"] {
            text += "\n  message: \(Note.json(shortened(message.text)))"
        }
        note(text)
    }

    /// Says how far inputs were read whose rest was not.
    func report(unfinished inputs: [RunFiles.Reading]) {
        for input in inputs {
            let part: Note =
                input.line > 0
                ? "was read up to line \(input.line.grouped); the rest was not" : "was not read"
            note("\(input.name) \(part)")
        }
    }

    /// Lists what was given up, by edge.
    func report(lost: [RunResult.Backlog]) {
        let count = lost.reduce(0) { $0 + $1.messages }
        note(
            "\(red("error:")) \(Words.count(count, "message")) \(count == 1 ? "was" : "were") "
                + "lost at shutdown")
        for backlog in lost { note("  \(backlog.edge): \(backlog.messages.grouped)") }
    }

    private func shortened(_ text: String) -> String {
        let start = text.prefix(Self.shownCharacters)
        return start.endIndex == text.endIndex ? text : "\(start)… (\(text.utf8.count) bytes)"
    }
}
