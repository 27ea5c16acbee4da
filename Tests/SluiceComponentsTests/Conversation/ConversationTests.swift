import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct ConversationTests {
    static func conversation(
        _ settings: JSON = [:], folder: String? = nil, seed: UInt64 = 1, concurrency: Int = 1
    ) throws -> Harness {
        let type = try #require(ComponentRegistry.builtIn["conversation"])
        let plan = try Plan(component: type, settings: settings, concurrency: concurrency)
        return try Harness(plan, seed: seed, folder: folder)
    }

    @Test func appendAnswersWithTheWholeWindow() throws {
        let node = try Self.conversation()
        let first = try node.ask(
            "append", ["context": 1, "conversationId": "x", "messages": [["role": "user"]]])
        #expect(
            first.text
                == #"{"context":1,"conversationId":"x","messages":[{"role":"user"}]}"#)
        let second = try node.ask("append", ["conversationId": "x", "messages": [2, .null]])
        #expect(second["messages"] == [["role": "user"], 2, .null])
        let kept = try node.ask("get", ["context": [], "conversationId": "x"])
        #expect(
            kept.text
                == #"{"context":[],"conversationId":"x","messages":[{"role":"user"},2,null]}"#)
    }

    @Test(arguments: [(1, [9]), (3, [7, 8, 9]), (0, Array(0...9))])
    func theNewestStay(count: Int, kept: [Int]) throws {
        let node = try Self.conversation(["maxMessages": JSON(count)])
        for number in stride(from: 0, to: 10, by: 2) {
            _ = try node.ask(
                "append",
                ["conversationId": "x", "messages": [JSON(number), JSON(number + 1)]])
        }
        let reply = try node.ask("get", ["conversationId": "x"])
        #expect(reply["messages"]?.elements.map(\.int) == kept)
    }

    @Test func moreThanTheWindowAtOnceKeepsTheLast() throws {
        let node = try Self.conversation()
        let messages = try JSON(array: (0..<80).map { JSON($0) })
        let reply = try node.ask("append", ["conversationId": "x", "messages": messages])
        #expect(reply["messages"]?.elements.map(\.int) == (30..<80).map { $0 })
    }

    @Test func anUnknownConversationIsEmpty() throws {
        let reply = try Self.conversation().ask("get", ["conversationId": "x"])
        #expect(reply["messages"] == [])
    }

    @Test func clearingIsIdempotent() throws {
        let node = try Self.conversation()
        _ = try node.ask("append", ["conversationId": "x", "messages": [1]])
        let clear: JSON = ["context": "c", "conversationId": "x"]
        #expect(
            try node.ask("clear", clear).text
                == #"{"context":"c","conversationId":"x","cleared":true}"#)
        #expect(try node.ask("clear", clear)["cleared"] == false)
        #expect(try node.ask("get", clear)["messages"] == [])
    }

    @Test(arguments: [
        ("append", #"{"messages":[1]}"#, "$.conversationId"),
        ("append", #"{"conversationId":" ","messages":[1]}"#, "$.conversationId"),
        ("append", #"{"conversationId":"x","messages":[]}"#, "$.messages"),
        ("append", #"{"conversationId":"x","messages":1}"#, "$.messages"),
        ("append", #"{"conversationId":"x"}"#, "$.messages"),
        ("get", #"{"conversationId":""}"#, "$.conversationId"),
        ("clear", #"{"conversationId":7}"#, "$.conversationId"),
    ]) func aMessageThatDoesNotFitIsRefused(port: String, request: String, path: String) throws {
        let failure = try Self.conversation().refusal(of: JSON(parsing: request), at: port)
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"]?["path"] == JSON(path))
        #expect(failure["retryable"] == false)
    }

    @Test(arguments: 1...5) func concurrentAppendsLoseNothing(seed: UInt64) throws {
        let node = try Self.conversation(["maxMessages": 0], seed: seed, concurrency: 8)
        let messages = (0..<200).map { number -> JSON in
            ["conversationId": "x", "messages": [JSON(number)]]
        }
        #expect(try node.send(messages, to: "append").all("append_ok").count == 200)
        let kept = try node.ask("get", ["conversationId": "x"])["messages"]
        #expect(Set(kept?.elements.compactMap(\.int) ?? []) == Set(0..<200))
        #expect(kept?.count == 200)
    }

    @Test func conversationsSurviveARestart() throws {
        let folder = try DataFolder()
        _ = try Self.conversation(folder: folder.path).ask(
            "append", ["conversationId": "x", "messages": JSON(parsing: "[1.10]")])
        let reply = try Self.conversation(folder: folder.path).ask("get", ["conversationId": "x"])
        #expect(reply["messages"]?.text == "[1.10]")
    }

    @Test func aCorruptRecordNamesTheCure() throws {
        let folder = try DataFolder()
        do {
            let documents = try store(
                [("path", "conversations"), ("collections", [["name": "conversations"]])],
                folder: folder.path)
            _ = try documents.ask(
                "put", ["collection": "conversations", "key": "x", "value": ["not": "a list"]])
        }
        let node = try Self.conversation(folder: folder.path)
        let request: JSON = ["conversationId": "x", "messages": [1]]
        for port in ["append", "get"] {
            let failure = try node.refusal(of: request, at: port)
            #expect(failure["code"] == "corrupt")
            #expect(failure["retryable"] == false)
            let text = failure["error"]?.string ?? ""
            #expect(text.hasPrefix(#"conversation "x": corrupt record: "#))
            #expect(text.hasSuffix("(clear it to start over)"))
        }
        #expect(try node.ask("clear", request)["cleared"] == true)
        #expect(try node.ask("append", request)["messages"] == [1])
    }

    @Test func nodesOnOnePathShareTheConversations() throws {
        let text = """
            { "nodes": { "a": { "component": "conversation", "settings": { "maxMessages": 2 } },
                         "b": { "component": "conversation" } },
              "inputs": { "append": "a.append", "get": "b.get" },
              "outputs": { "append_ok": "a.append_ok", "get_ok": "b.get_ok" } }
            """
        let loaded = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "test.json")
        let flow = try Harness(#require(loaded.plan))
        _ = try flow.ask("append", ["conversationId": "x", "messages": [1, 2, 3]])
        #expect(try flow.ask("get", ["conversationId": "x"])["messages"] == [2, 3])
    }
}
