import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Components that only the engine's tests need.
enum Shout: Component {
    static let about = About("shout", "Writes texts in capitals")
    struct Settings: Message {
        var mark = "!"
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("mark", &mark)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", String.self)
        ports.input("in", String.self) { text, turn in
            try turn.emit(text.uppercased() + settings.mark, on: out)
        }
    }
}

enum Echo: Component {
    static let about = About("echo", "Gives back what it gets after a while")
    struct Settings: Message {
        var delay = 0
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("delay", &delay)
        }
    }
    struct Request: Message {
        var delay: Int?
        var fails: String?
        var value = JSON.null
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("delay", &delay)
            try m.optional("fails", &fails)
            try m.optional("value", &value)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.allowsConcurrency = true
        ports.input("in", Request.self) { request, turn async throws in
            try await turn.sleep(milliseconds: Int64(request.delay ?? settings.delay))
            if let code = request.fails {
                throw Failure(code, "asked to", isRetryable: code == "later")
            }
            try await turn.emit(request.value, on: out)
        }
    }
}

@Suite struct OneNode {
    @Test func handlesAMessageAndEmits() throws {
        let node = try Harness(Shout.self, settings: ["mark": "?"])
        #expect(try node.send("hello", to: "in").only("out") == "HELLO?")
    }

    @Test func aMessageThatDoesNotFitLeavesByError() throws {
        let node = try Harness(Shout.self)
        let failure = try node.send(["context": 7], to: "in").only("error")
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"]?["path"] == "$")
        #expect(failure["port"] == "in")
        #expect(failure["context"] == 7)
        #expect(failure["message"] == ["context": 7])
    }

    @Test func settingsThatDoNotFitAreRefused() {
        #expect(throws: Failure.self) { try Harness(Shout.self, settings: ["mark": 1]) }
        #expect(throws: Failure.self) { try Harness(Shout.self, settings: ["marks": "x"]) }
    }

    @Test func timeStandsStillUntilItIsAdvanced() throws {
        let node = try Harness(Echo.self, settings: ["delay": 2000])
        #expect(try node.send(["value": 1], to: "in").isEmpty)
        #expect(node.advance(milliseconds: 1999).isEmpty)
        #expect(try node.advance(milliseconds: 1).only("out") == 1)
    }

    @Test func outputsKeepTheOrderOfMessagesUnderConcurrency() throws {
        let node = try Harness(Echo.self, concurrency: 3)
        let messages: [JSON] = [
            ["delay": 300, "value": 1], ["delay": 100, "value": 2],
            ["delay": 50, "fails": "no"], ["delay": 10, "value": 4],
        ]
        try node.send(messages, to: "in")
        let received = node.advance(milliseconds: 1000)
        #expect(received["out"] == [1, 2, 4])
        #expect(received["error"].count == 1)
    }

    @Test(arguments: 1...20) func everyOrderOfTasksGivesTheSame(seed: UInt64) throws {
        let node = try Harness(Shout.self, seed: seed)
        let messages = (0..<300).map { JSON("m\($0)") }
        let received = try node.send(messages, to: "in").all("out")
        #expect(received == (0..<300).map { JSON("M\($0)!") })
        let result = node.result()
        #expect(result?.nodes.first?.received == 300)
    }
}
