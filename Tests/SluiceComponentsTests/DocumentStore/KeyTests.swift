import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// put, get and delete.
@Suite struct DocumentStoreKeys {
    @Test func aReplyHasTheMembersOfItsTableInOrder() throws {
        let node = try store()
        let put: JSON = ["context": [1], "key": "k", "collection": "c", "value": ["a": 1]]
        #expect(
            try node.ask("put", put).text
                == #"{"context":[1],"collection":"c","key":"k","revision":1}"#)
        let key: JSON = ["collection": "c", "key": "k"]
        let found =
            #"{"context":null,"collection":"c","key":"k","found":true,"#
            + #""value":{"a":1},"revision":1,"createdRevision":1,"#
            + #""updatedAt":\#(SeededScheduler.epoch)}"#
        #expect(try node.ask("get", key).text == found)
        #expect(
            try node.ask("delete", key).text
                == #"{"context":null,"collection":"c","key":"k","deleted":true,"revision":2}"#)
        #expect(
            try node.ask("delete", key).text
                == #"{"context":null,"collection":"c","key":"k","deleted":false}"#)
        #expect(
            try node.ask("get", key).text
                == #"{"context":null,"collection":"c","key":"k","found":false}"#)
    }

    @Test(arguments: [
        "null", "true", #""""#, "[]", "{}", "9007199254740993", "1.10", "1e400", "-0",
        #"{"b":1,"a":2,"b":3}"#, #""\u00e9\n""#, #"[[],{"":null}]"#,
    ]) func aValueComesBackAsItsText(text: String) throws {
        let folder = try DataFolder()
        do {
            let node = try store(folder: folder.path)
            try node.put("k", JSON(parsing: text))
            #expect(try node.value("k")?.text == text)
        }
        let again = try store(folder: folder.path)
        #expect(try again.value("k")?.text == text)
    }

    @Test func whiteSpaceIsNotStored() throws {
        let node = try store()
        try node.put("k", JSON(parsing: " { \"a\" : [ 1 , 2 ] } "))
        #expect(try node.value("k")?.text == #"{"a":[1,2]}"#)
    }

    @Test func aStoredNullIsFound() throws {
        let node = try store()
        try node.put("k", .null)
        let reply = try node.ask("get", ["collection": "c", "key": "k"])
        #expect(reply["found"] == true)
        #expect(reply["value"]?.isNull == true)
    }

    @Test func theLastPutStands() throws {
        let node = try store()
        #expect(try node.put("k", 1) == 1)
        #expect(try node.put("k", 2) == 2)
        #expect(try node.value("k") == 2)
    }

    @Test(arguments: ["put", "get", "delete", "find", "update", "write", "history"])
    func aContextComesBackFromEveryVerb(verb: String) throws {
        let node = try store()
        let context = try JSON(parsing: #"{"n":1.50,"deep":[null]}"#)
        let request: JSON = [
            "context": context, "collection": "c", "key": "k", "value": 1, "append": 1,
            "operations": [],
        ]
        #expect(try node.ask(verb, request)["context"]?.isIdentical(to: context) == true)
        let misfit: JSON = ["context": context, "collection": 7]
        let failure = try node.refusal(of: misfit, at: verb)
        #expect(failure["context"]?.isIdentical(to: context) == true)
        #expect(failure["code"] == "invalid_message")
        #expect(failure["port"] == JSON(verb))
    }

    @Test func membersThatNobodyKnowsAreIgnored() throws {
        let node = try store()
        let reply = try node.ask("put", ["collection": "c", "key": "k", "value": 1, "x": 2])
        #expect(reply["revision"] == 1)
    }

    @Test(arguments: ["put", "get", "delete", "find", "update", "write", "history"])
    func aCollectionThatIsNotDeclaredIsNamed(verb: String) throws {
        let node = try store([("collections", [["name": "turns"], ["name": "x"]])])
        let request: JSON = [
            "collection": "turn", "key": "k", "value": 1, "append": 1,
            "operations": [["op": "delete", "collection": "turn", "key": "k"]],
        ]
        let failure = try node.refusal(of: request, at: verb)
        #expect(failure["code"] == "missing_collection")
        let text = failure["error"]?.string ?? ""
        #expect(text.contains(#"collection "turn" is not declared in settings.collections"#))
        #expect(text.contains(#"(did you mean "turns"?)"#))
    }

    @Test func keysAndCollectionsAreBytes() throws {
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        let node = try store()
        try node.put(composed, 1)
        #expect(try node.value(decomposed) == JSON?.none)
        try node.put(decomposed, 2)
        #expect(try node.value(composed) == 1)
        let other = try store([("collections", [["name": JSON(composed)]])])
        let failure = try other.refusal(
            of: ["collection": JSON(decomposed), "key": "k"], at: "get")
        #expect(failure["code"] == "missing_collection")
    }

    @Test func anEmptyKeyIsAbsentAndCannotBeWritten() throws {
        let node = try store()
        let empty: JSON = ["collection": "c", "key": "", "value": 1, "append": 1]
        #expect(try node.ask("get", empty)["found"] == false)
        #expect(try node.ask("delete", empty)["deleted"] == false)
        #expect(try node.refusal(of: empty, at: "put")["code"] == "key_empty")
        #expect(try node.refusal(of: empty, at: "update")["code"] == "key_empty")
    }

    @Test func aKeyHasAtMost32KiB() throws {
        let node = try store()
        let longest = String(repeating: "k", count: 32_768)
        try node.put(longest, 1)
        #expect(try node.value(longest) == 1)
        let request: JSON = ["collection": "c", "key": JSON(longest + "k"), "value": 1]
        #expect(try node.refusal(of: request, at: "put")["code"] == "key_too_large")
        #expect(try node.ask("get", request)["found"] == false)
    }

    @Test func aConditionLooksAtTheRevision() throws {
        let node = try store()
        func put(_ value: JSON, if revision: JSON) -> JSON {
            ["collection": "c", "key": "k", "value": value, "ifRevision": revision]
        }
        let early = try node.refusal(of: put(0, if: 7), at: "put")
        #expect(early["code"] == "conflict")
        #expect(early["details"] == ["revision": 0])
        #expect(try node.ask("put", put(1, if: 0))["revision"] == 1)
        let exists = try node.refusal(of: put(2, if: 0), at: "put")
        #expect(exists["details"] == ["revision": 1])
        #expect(exists["retryable"] == false)
        #expect(try node.ask("put", put(3, if: 1.0))["revision"] == 2)
        func delete(if revision: JSON) -> JSON {
            ["collection": "c", "key": "k", "ifRevision": revision]
        }
        #expect(try node.refusal(of: delete(if: 1), at: "delete")["details"] == ["revision": 2])
        #expect(try node.ask("delete", delete(if: 2))["deleted"] == true)
        #expect(try node.ask("delete", delete(if: 0))["deleted"] == false)
        #expect(try node.value("k") == JSON?.none)
    }

    @Test func aDocumentLivesItsTimeAlsoWhereTheClockWasSetBack() throws {
        let folder = try DataFolder()
        let first = try store(folder: folder.path)
        first.advance(milliseconds: 3_600_000)
        try first.put("a", 1)
        first.finish()
        // Virtual time begins anew: an hour before the newest record.
        let second = try store(folder: folder.path)
        let put: JSON = ["collection": "c", "key": "b", "value": 2, "ttlSeconds": 60]
        _ = try second.ask("put", put)
        #expect(try second.value("b") == 2)
    }
}
