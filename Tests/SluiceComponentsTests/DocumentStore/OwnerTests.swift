import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// One owner of a store at a time; within a run all nodes share it.
@Suite struct DocumentStoreOwners {
    @Test func aStoreInUseKeepsTheFlowFromStarting() throws {
        let folder = try DataFolder()
        let owner = try store(folder: folder.path)
        try owner.put("k", 1)
        do {
            _ = try store(folder: folder.path)
            Issue.record("a second owner starts")
        } catch let failure as Failure {
            #expect(failure.code == "locked")
            #expect(failure.text.contains(folder.path + "/store"))
            #expect(failure.details?["processID"]?.int != nil)
            #expect(failure.text.contains("lockTimeoutMs"))
        }
        owner.finish()
        #expect(try store(folder: folder.path).value("k") == 1)
    }

    @Test func aFollowerRefusesUntilTheLeaderEnds() throws {
        let folder = try DataFolder()
        let leader = try store([("leaderOnly", true)], folder: folder.path)
        let follower = try store(
            [("leaderOnly", true)], folder: folder.path, listening: ["change"])
        try leader.put("k", 1)
        for port in ["put", "get", "delete", "find", "update", "write", "history"] {
            let request: JSON = [
                "context": 7, "collection": "c", "key": "k", "value": 1, "append": 1,
                "operations": [],
            ]
            let failure = try follower.refusal(of: request, at: port)
            #expect(failure["code"] == "not_leader")
            #expect(failure["retryable"] == true)
            #expect(failure["context"] == 7)
        }
        follower.advance(milliseconds: 10_000)
        #expect(try follower.refusal(of: ["collection": "c"], at: "find")["code"] == "not_leader")
        leader.finish()
        follower.advance(milliseconds: 250)
        #expect(try follower.value("k") == 1)
        follower.advance(milliseconds: 250)
        let put: JSON = ["collection": "c", "key": "k", "value": 2]
        #expect(try follower.send(put, to: "put")["change"].map { $0["revision"] } == [2])
    }

    @Test func aFollowerSaysWhyItCannotTakeOver() throws {
        let folder = try DataFolder()
        let leader = try store([("leaderOnly", true)], folder: folder.path)
        let follower = try store([("leaderOnly", true)], folder: folder.path)
        try leader.put("k", 1)
        leader.finish()
        let files = try Folder.names(in: folder.path + "/store").filter { $0 != "LOCK" }
        for file in files {
            try FileStream.write(
                Array(repeating: 0xFF, count: 5000), to: "\(folder.path)/store/\(file)")
        }
        follower.advance(milliseconds: 1000)
        let failure = try follower.refusal(of: ["collection": "c", "key": "k"], at: "get")
        #expect(failure["code"] == "corrupt" || failure["code"] == "unsupported_format")
        #expect(failure["retryable"] == false)
        #expect(follower.log.count == 1)
    }

    @Test func aFollowerEndsWithoutEverLeading() throws {
        let folder = try DataFolder()
        let leader = try store([("leaderOnly", true)], folder: folder.path)
        let follower = try store(
            [("leaderOnly", true)], folder: folder.path, listening: ["change"])
        #expect(follower.result()?.unhandledFailures == 0)
        try leader.put("k", 1)
    }

    static func flow(_ nodes: String, folder: DataFolder) throws -> Harness {
        let text = """
            { "nodes": { \(nodes) },
              "inputs": { "a_put": "a.put", "b_get": "b.get", "b_put": "b.put" },
              "outputs": { "a_put_ok": "a.put_ok", "b_get_ok": "b.get_ok", "error": "b.error",
                           "b_put_ok": "b.put_ok", "change": "b.change" } }
            """
        let loaded = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "test.json")
        let plan = try #require(loaded.plan, "\(loaded.diagnostics)")
        return try Harness(plan, folder: folder.path)
    }

    static func node(_ name: String, _ settings: String) -> String {
        #""\#(name)": { "component": "document_store", "settings": { \#(settings) } }"#
    }

    @Test func nodesOnOnePathShareAStoreAndKeepTheirCollections() throws {
        let folder = try DataFolder()
        try Folder.create(folder.path + "/store")
        try folder.link("alias", to: folder.path + "/store")
        let flow = try Self.flow(
            Self.node("a", #""collections": [{"name": "x"}, {"name": "y"}]"#) + ","
                + Self.node("b", #""path": "alias", "collections": [{"name": "x"}]"#),
            folder: folder)
        let put = try flow.send(["collection": "x", "key": "k", "value": 1], to: "a_put")
        #expect(put["a_put_ok"].map { $0["revision"] } == [1])
        #expect(put["change"].map { $0["revision"] } == [1])
        let other = try flow.send(["collection": "y", "key": "k", "value": 2], to: "a_put")
        #expect(other["change"].isEmpty)
        let found = try flow.send(["collection": "x", "key": "k"], to: "b_get").only("b_get_ok")
        #expect(found["value"] == 1)
        let refused = try flow.send(["collection": "y", "key": "k"], to: "b_get").only("error")
        #expect(refused["code"] == "missing_collection")
        let next = try flow.send(["collection": "x", "key": "l", "value": 1], to: "b_put")
        #expect(next["b_put_ok"].map { $0["revision"] } == [3])
    }

    @Test(arguments: [
        ("maxSizeMB", "64", "1024"), ("sync", #""never""#, #""always""#),
        ("sync", #"{"everyMs": 5}"#, #""always""#), ("leaderOnly", "true", "false"),
        ("memoryMB", "8", "64"), ("keepRevisions", "1", "0"), ("keepHours", "24", "0"),
    ]) func nodesThatShareAStoreHaveToAgree(name: String, mine: String, theirs: String) throws {
        let collections = #""collections": [{"name": "x"}]"#
        let nodes =
            Self.node("a", "\(collections), \"\(name)\": \(mine)") + ","
            + Self.node("b", collections)
        let found = FlowLoader(registry: .builtIn).load(
            Array("{ \"nodes\": { \(nodes) } }".utf8), path: "test.json"
        ).diagnostics.first { $0.severity == .error }
        let text = try #require(found).message
        #expect(text.contains("`a` and `b` share the store"))
        #expect(text.contains("`\(name)`: \(mine) and \(theirs)"), "\(text)")
    }

    @Test func nodesWhosePathsLeadToOneStoreOnlyInTheirRunHaveToAgreeThere() throws {
        let folder = try DataFolder()
        try Folder.create(folder.path + "/store")
        try folder.link("alias", to: folder.path + "/store")
        let collections = #""collections": [{"name": "x"}]"#
        do {
            _ = try Self.flow(
                Self.node("a", collections) + ","
                    + Self.node("b", #""path": "alias", "maxSizeMB": 1, \#(collections)"#),
                folder: folder)
            Issue.record("the flow starts")
        } catch let failure as Failure {
            #expect(failure.code == "invalid_settings")
            #expect(failure.text.contains("`a` and `b` share the store"))
            #expect(failure.text.contains("`maxSizeMB`: 1024 and 1"), "\(failure.text)")
        }
    }
}
