import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// The flows that come with the project.
@Suite struct ShippedFlows {
    static let folder = "\(Folder.containing(#filePath))/../../../Flows"
    static let names = ["airports", "audit-log", "cache", "chat-history", "slow-answer", "undo"]

    func harness(_ name: String, _ parameters: [String: JSON] = [:]) throws -> Harness {
        var loader = FlowLoader(registry: .builtIn)
        loader.parameters = parameters
        let flow = loader.load("\(ShippedFlows.folder)/\(name).json")
        #expect(flow.diagnostics.map(\.rendered) == [])
        return try Harness(#require(flow.plan))
    }

    @Test func everyFlowIsListedHere() throws {
        let files = try Folder.names(in: ShippedFlows.folder)
        let flows = files.filter { $0.hasSuffix(".json") && !$0.hasSuffix(".test.json") }
        #expect(flows == ShippedFlows.names.map { "\($0).json" })
    }

    @Test(arguments: names) func everyFlowIsWithoutFindings(name: String) throws {
        _ = try harness(name)
    }

    @Test func airportsAreImportedAndFound() throws {
        let flow = try harness("airports")
        let imported = flow.received()
        #expect(imported["rejected"].count == 12)
        #expect(imported["imported"] == [["count": 3364]])
        #expect(imported.messages.count == 13)
        let found = try flow.send(["collection": "airports", "key": "SEA"], to: "airport")
        #expect(try found.only("found")["value"]?["city"] == "Seattle")
        #expect(try found.only("found")["value"]?["latitude"]?.text == "47.44898194")
        let listed = try flow.send(["collection": "places", "prefix": "RI/"], to: "places")
        #expect(try listed.only("listed")["count"] == 6)
    }

    @Test func aChatRemembersItsLastTurns() throws {
        let flow = try harness("chat-history", ["turns": 2])
        for text in ["one", "two", "three"] {
            try flow.send(["chat": "c", "who": "u", "text": JSON(text)], to: "say")
        }
        let recalled = try flow.send(["conversationId": "c"], to: "recall").only("recalled")
        #expect(recalled["messages"]?.elements.map { $0["text"] } == ["two", "three"])
        let all = try flow.send(["collection": "turns", "prefix": "c/"], to: "search")
        #expect(try all.only("searched")["count"] == 3)
    }

    @Test func onlyTheFirstToAskWaits() throws {
        let flow = try harness("cache")
        #expect(try flow.send(["question": "why"], to: "ask").isEmpty)
        let slow = try flow.advance(milliseconds: 500).only("answer")
        #expect(slow == ["question": "why", "answer": "WHY", "cached": false])
        let quick = try flow.send(["question": "why"], to: "ask").only("answer")
        #expect(quick == ["question": "why", "answer": "WHY", "cached": true])
    }

    @Test func everyChangeIsLogged() throws {
        let flow = try harness("audit-log")
        try flow.send(["collection": "notes", "key": "a", "value": 1], to: "write")
        try flow.send(["collection": "notes", "key": "a"], to: "remove")
        let changes = try flow.send(["collection": "changes"], to: "history").only("changes")
        let items = try #require(changes["items"]).elements.map { $0["value"] }
        #expect(items.map { $0?["op"] } == ["put", "delete"])
        #expect(items.map { $0?["value"] } == [1, .null])
    }

    @Test func theLastChangeOfANoteIsUndone() throws {
        let flow = try harness("undo")
        for value in ["one", "two"] as [JSON] {
            try flow.send(["collection": "notes", "key": "a", "value": value], to: "write")
        }
        #expect(try flow.send(["key": "a"], to: "undo").only("restored")["revision"] == 3)
        let key: JSON = ["collection": "notes", "key": "a"]
        #expect(try flow.send(key, to: "read").only("note")["value"] == "one")
        let versions = try flow.send(key, to: "history").only("versions")["versions"]
        #expect(versions?.elements.map { $0["value"] } == ["one", "two", "one"])
        let before: JSON = ["collection": "notes", "asOf": 2]
        let notes = try flow.send(before, to: "list").only("notes")["items"]
        #expect(notes?.elements.map { $0["value"] } == ["two"])
    }
}
