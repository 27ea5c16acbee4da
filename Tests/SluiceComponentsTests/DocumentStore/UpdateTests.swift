import SluiceJSON
import SluiceTesting
import Testing

/// update and write.
@Suite struct DocumentStoreUpdate {
    struct Patch: CustomTestStringConvertible, Sendable {
        var before: String?
        var patch: String
        var after: String
        var testDescription: String { "\(before ?? "absent") <- \(patch)" }
        init(_ before: String?, _ patch: String, _ after: String) {
            self.before = before
            self.patch = patch
            self.after = after
        }
    }

    /// The cases of RFC 7396, appendix A, then order, numbers and repeated names.
    @Test(arguments: [
        Patch(#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Patch(#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        Patch(#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        Patch(#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        Patch(#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Patch(#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        Patch(#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        Patch(#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        Patch(#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        Patch(#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        Patch(#"{"a":"foo"}"#, "null", "null"),
        Patch(#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        Patch(#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        Patch("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        Patch("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        Patch(
            nil, #"{"z":1.50,"a":{"n":null,"m":9007199254740993}}"#,
            #"{"z":1.50,"a":{"m":9007199254740993}}"#),
        Patch(nil, "null", "null"),
        Patch(#"{"x":1.0,"b":2,"a":3}"#, #"{"a":4,"b":5}"#, #"{"x":1.0,"b":5,"a":4}"#),
        Patch(#"{"a":1,"b":0,"a":{"k":1}}"#, #"{"a":{"l":2}}"#, #"{"b":0,"a":{"k":1,"l":2}}"#),
        Patch(#"{"b":0,"b":1}"#, #"{"a":1,"a":2}"#, #"{"b":0,"b":1,"a":2}"#),
        Patch("{\"\u{E9}\":1}", "{\"e\u{301}\":2}", "{\"\u{E9}\":1,\"e\u{301}\":2}"),
    ]) func aPatchIsMerged(patch: Patch) throws {
        let node = try store()
        if let before = patch.before { try node.put("k", JSON(parsing: before)) }
        let reply = try node.ask(
            "update", ["collection": "c", "key": "k", "patch": JSON(parsing: patch.patch)])
        #expect(reply["value"].map { Array($0.text.utf8) } == Array(patch.after.utf8))
        #expect(try node.value("k").map { Array($0.text.utf8) } == Array(patch.after.utf8))
    }

    @Test func aReplyHasTheMembersOfItsTableInOrder() throws {
        let node = try store()
        let reply = try node.ask(
            "update", ["context": 0, "collection": "c", "key": "k", "append": [1]])
        #expect(
            reply.text == #"{"context":0,"collection":"c","key":"k","value":[[1]],"revision":1}"#)
    }

    @Test func appendingToWhatIsNoArrayIsRefused() throws {
        let node = try store()
        try node.put("k", ["a": 1])
        let failure = try node.refusal(
            of: ["collection": "c", "key": "k", "append": 1], at: "update")
        #expect(failure["code"] == "invalid_value")
        #expect(try node.value("k") == ["a": 1])
    }

    @Test func anUpdateCanHaveACondition() throws {
        let node = try store()
        let fresh: JSON = ["collection": "c", "key": "k", "patch": ["n": 1], "ifRevision": 0]
        #expect(try node.ask("update", fresh)["revision"] == 1)
        let failure = try node.refusal(of: fresh, at: "update")
        #expect(failure["code"] == "conflict")
        #expect(failure["details"] == ["revision": 1])
    }

    @Test func theDeepestValueIsStoredAndComesBack() throws {
        let node = try store(listening: ["change"])
        let deepest = try nested(480)
        let put: JSON = ["collection": "c", "key": "k", "value": deepest]
        let received = try node.send(put, to: "put")
        #expect(received["put_ok"].count == 1)
        #expect(received["change"].first?["value"] == deepest)
        #expect(try node.value("k") == deepest)
        #expect(try node.ask("find", ["collection": "c"])["items"]?[0]?["value"] == deepest)
    }

    @Test(arguments: ["put", "patch", "append", "member", "write"])
    func whatNestsTooDeepIsNotStored(way: String) throws {
        let node = try store()
        let (deepest, deeper) = (try nested(480), try nested(481))
        let write: JSON = ["op": "put", "collection": "c", "key": "k", "value": deeper]
        let requests: [String: (port: String, request: JSON)] = [
            "put": ("put", ["collection": "c", "key": "k", "value": deeper]),
            "patch": ("update", ["collection": "c", "key": "k", "patch": deeper]),
            "append": ("update", ["collection": "c", "key": "k", "append": deepest]),
            "member": ("update", ["collection": "c", "key": "k", "patch": ["a": deepest]]),
            "write": ("write", ["operations": [write]]),
        ]
        let (port, request) = try #require(requests[way])
        let failure = try node.refusal(of: request, at: port)
        #expect(failure["code"] == "invalid_value")
        #expect(failure["message"]?.isIdentical(to: request) == true)
        #expect(try node.value("k") == JSON?.none)
    }

    @Test func aPatchOfManyLevelsIsMerged() throws {
        let node = try store()
        let text =
            String(repeating: #"{"a":"#, count: 480) + "1" + String(repeating: "}", count: 480)
        for _ in 0..<2 {
            let patch = try JSON(parsing: text)
            let reply = try node.ask("update", ["collection": "c", "key": "k", "patch": patch])
            #expect(reply["value"]?.text == text)
        }
    }

    @Test func aWriteHappensWhollyOrNotAtAll() throws {
        let node = try store([("collections", [["name": "c"], ["name": "d"]])])
        try node.put("old", 1)
        let good: JSON = [
            ["op": "put", "collection": "c", "key": "a", "value": 1, "ifRevision": 0],
            ["op": "delete", "collection": "c", "key": "old", "ifRevision": 1],
            ["op": "delete", "collection": "c", "key": "absent"],
            ["op": "put", "collection": "d", "key": "a", "value": .null],
        ]
        let reply = try node.ask("write", ["context": "w", "operations": good])
        #expect(reply.text == #"{"context":"w","revisions":[2,3,null,4]}"#)
        let bad: JSON = [
            ["op": "put", "collection": "c", "key": "b", "value": 1],
            ["op": "put", "collection": "c", "key": "a", "value": 2, "ifRevision": 0],
        ]
        let failure = try node.refusal(of: ["operations": bad], at: "write")
        #expect(failure["code"] == "conflict")
        #expect(failure["details"]?["revision"] == 2)
        #expect(failure["details"]?["operation"] == 1)
        #expect(try node.value("b") == JSON?.none)
        #expect(try node.put("next", 1) == 5)
    }

    @Test func aWriteOfNothingIsDone() throws {
        #expect(try store().ask("write", ["operations": []])["revisions"] == [])
    }
}
