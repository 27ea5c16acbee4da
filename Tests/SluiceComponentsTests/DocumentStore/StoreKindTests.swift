import Sluice
import SluiceComponents
import SluiceJSON
import SluiceStore
import SluiceStores
import SluiceSystem
import SluiceTesting
import Testing

/// A store that does what the contract asks for, and no more.
private struct PlainStore: Store {
    let kind = "plain"
    let memory: MemoryStore
    var time: Int64 { memory.time }

    func declare(_ collections: [Name]) throws(StoreError) { try memory.declare(collections) }
    func collections() throws(StoreError) -> [Name] { try memory.collections() }
    func write(_ batches: [Batch]) -> [Result<BatchOutcome, StoreError>] { memory.write(batches) }
    func get(_ keys: [RecordKey]) throws(StoreError) -> [Record?] { try memory.get(keys) }
    func find(_ collection: Name, _ find: Find) throws(StoreError) -> Page {
        try memory.find(collection, find)
    }
    func close() { memory.close() }
}

/// A kind of store that a program adds.
private enum Plain: StoreKind {
    static let about = About("plain", "Keeps records, and neither versions nor changes")

    struct Settings: Message {
        var size = 1

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("size", &size, .range(1...9), about: "Megabytes")
        }
    }

    static func check(_ settings: Settings) throws(Failure) {
        if settings.size == 7 { throw .invalid("must not be 7", at: "$.size") }
    }

    static func open(_ settings: Settings, _ opening: StoreOpening) throws(StoreError) -> PlainStore
    {
        if settings.size == 8 { throw StoreError(.io, "nobody has eight megabytes") }
        return PlainStore(
            memory: MemoryStore(
                MemoryStore.Options(
                    maximumLiveBytes: settings.size << 20,
                    clock: { [scheduler = opening.context.scheduler] in scheduler.now },
                    operators: opening.operators)))
    }
}

/// Documents in other kinds of stores than a log.
@Suite struct StoreKinds {
    private static let registry: ComponentRegistry = {
        var kinds = SluiceComponents.StoreKinds.builtIn
        kinds.add(Plain.self)
        return .builtIn(kinds)
    }()

    private static func load(_ text: String) -> LoadedFlow {
        FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
    }

    /// A node `document_store` whose `store` is this.
    private func documents(
        _ store: String, collections: String = "c", listening: Set<String> = []
    ) throws -> Harness {
        let type = try #require(Self.registry["document_store"])
        let settings = try JSON(
            parsing: #"{"collections":[{"name":"\#(collections)"}],"store":\#(store)}"#)
        return try Harness(try Plan(component: type, settings: settings, listening: listening))
    }

    @Test(arguments: [#"{"kind":"memory"}"#, #"{"kind":"log"}"#, #"{"kind":"plain"}"#])
    func everyVerbDoesTheSameInEachKind(store: String) throws {
        let node = try documents(store)
        #expect(try node.put("a", ["n": 1]) == 1)
        let got = try node.ask("get", ["collection": "c", "key": "a"])
        #expect(got["value"] == ["n": 1] && got["createdRevision"] == 1)
        let update: JSON = ["collection": "c", "key": "a", "patch": ["m": 2, "n": .null]]
        #expect(try node.ask("update", update)["value"] == ["m": 2])
        for item in [1, 2, 3] as [JSON] {
            let append: JSON = ["collection": "c", "key": "l", "append": item, "keepLast": 2]
            _ = try node.ask("update", append)
        }
        #expect(try node.value("l") == [2, 3])
        let conflict = try node.refusal(
            of: ["collection": "c", "key": "a", "value": 1, "ifRevision": 0], at: "put")
        #expect(conflict["code"] == "conflict" && conflict["details"]?["revision"] == 2)
        let noArray = try node.refusal(
            of: ["collection": "c", "key": "a", "append": 1], at: "update")
        #expect(noArray["code"] == "invalid_value" && noArray["details"]?["path"] == "$.append")
        let write: JSON = [
            "operations": [
                ["op": "put", "collection": "c", "key": "b", "value": 1, "ttlSeconds": 1],
                ["op": "delete", "collection": "c", "key": "a"],
            ]
        ]
        #expect(try node.ask("write", write)["revisions"] == [6, 7])
        #expect(try node.ask("find", ["collection": "c"])["count"] == 2)
        let condition: JSON = ["collection": "c", "where": "$ == 1"]
        #expect(try node.ask("find", condition)["items"]?[0]?["key"] == "b")
        node.advance(milliseconds: 1000)
        #expect(try node.value("b") == JSON?.none)
        #expect(try node.ask("delete", ["collection": "c", "key": "l"])["deleted"] == true)
        let missing = try node.refusal(of: ["collection": "d", "key": "l"], at: "delete")
        #expect(missing["code"] == "missing_collection")
    }

    @Test func aMemoryStoreHasHistoryAndChanges() throws {
        let node = try documents(#"{"kind":"memory"}"#, listening: ["change"])
        for value in 1...3 as ClosedRange<Int> {
            let received = try node.send(
                ["collection": "c", "key": "a", "value": JSON(value)], to: "put")
            #expect(received["change"].map { $0["value"] } == [JSON(value)])
        }
        let history = try node.ask("history", ["collection": "c", "key": "a"])
        #expect(history["versions"]?.elements.map { $0["value"] } == [3, 2, 1])
        let then: JSON = ["collection": "c", "key": "a", "asOf": 2]
        #expect(try node.ask("get", then)["value"] == 2)
        #expect(try node.ask("find", ["collection": "c", "asOf": 1])["items"]?[0]?["value"] == 1)
        let later = try node.refusal(of: ["collection": "c", "key": "a", "asOf": 9], at: "get")
        #expect(later["details"]?["path"] == "$.asOf", "\(later)")
    }

    @Test func aFullMemoryStoreSaysSoAndTakesDeletes() throws {
        let node = try documents(#"{"kind":"memory","maxSizeMB":1}"#)
        let large = JSON(String(repeating: "x", count: 700_000))
        try node.put("a", large)
        let full = try node.refusal(of: ["collection": "c", "key": "b", "value": large], at: "put")
        #expect(full["code"] == "disk_full" && full["diskFull"] == true)
        #expect(try node.ask("delete", ["collection": "c", "key": "a"])["deleted"] == true)
        try node.put("b", large)
    }

    private static func two(_ first: String, _ second: String) -> String {
        """
        { "nodes": {
            "a": { "component": "document_store",
                   "settings": { "collections": [{"name":"c"}], "store": \(first) } },
            "b": { "component": "document_store",
                   "settings": { "collections": [{"name":"c"}], "store": \(second) } } },
          "inputs": { "put": "a.put", "get": "b.get" },
          "outputs": { "stored": "a.put_ok", "got": "b.get_ok" } }
        """
    }

    @Test(arguments: [
        (#"{"kind":"memory","name":"x"}"#, #"{"kind":"memory","name":"x"}"#, true),
        (#"{"kind":"memory","name":"x"}"#, #"{"kind":"memory","name":"X"}"#, false),
        (#"{"kind":"memory"}"#, #"{"kind":"memory"}"#, false),
        (#"{"kind":"log","path":"x"}"#, #"{"kind":"log","path":"./y/../x"}"#, true),
        (#"{"kind":"log","path":"x"}"#, #"{"kind":"memory","name":"x"}"#, false),
    ])
    func nodesShareAStoreByItsFolderOrItsName(first: String, second: String, share: Bool) throws {
        let flow = try Harness(try #require(Self.load(Self.two(first, second)).plan))
        _ = try flow.send(["collection": "c", "key": "k", "value": 1], to: "put").only("stored")
        let reply = try flow.send(["collection": "c", "key": "k"], to: "get").only("got")
        #expect(reply["found"] == JSON(share))
    }

    @Test func aKindsFoldersAndTopLevelSettingsAreOneStore() throws {
        let text = Self.two(#"{"kind":"log","path":"x"}"#, #"{"kind":"log","path":"x"}"#)
            .replacing(#""store": {"kind":"log","path":"x"} } } }"#, with: #""path": "x" } } }"#)
        let flow = try Harness(try #require(Self.load(text).plan))
        _ = try flow.send(["collection": "c", "key": "k", "value": 1], to: "put").only("stored")
        #expect(
            try flow.send(["collection": "c", "key": "k"], to: "get").only("got")["found"] == true)
    }

    @Test func nodesThatShareAStoreHaveToAgree() throws {
        let text = Self.two(
            #"{"kind":"memory","name":"x","maxSizeMB":1}"#,
            #"{"kind":"memory","name":"x","maxSizeMB":2}"#)
        let plan = try #require(Self.load(text).plan)
        do {
            _ = try Harness(plan)
            Issue.record("it starts")
        } catch let failure as Failure {
            #expect(failure.text.contains("have to agree on `maxSizeMB`: 1 and 2"), "\(failure)")
        }
    }

    @Test(arguments: [
        (#"{"kind":"mem"}"#, "kind", "must be one of"),
        (#"{"kind":"memory","nam":"x"}"#, "nam", "did you mean `name`?"),
        (#"{"kind":"memory","maxSizeMB":0}"#, "maxSizeMB", "at least 1"),
        (#"{"kind":"log","path":"../x"}"#, "path", "inside the data directory"),
        (#"{"kind":"plain","size":7}"#, "size", "must not be 7"),
        (#"{"kind":"plain","size":10}"#, "size", "at most 9"),
        (#"{"maxSizeMB":1}"#, "store", "kind"), (#""memory""#, "store", "object"),
        (#"{"kind":"memory"}, "path": "x""#, "path", "`store` is there"),
        (#"{"kind":"memory"}, "keepHours": 1"#, "keepHours", "`store` is there"),
    ])
    func aStoreThatCannotBeIsRefusedWithItsPlace(store: String, at: String, text: String) {
        let loaded = Self.load(Self.two(store, #"{"kind":"memory"}"#))
        let texts = loaded.diagnostics.map { "\($0)" }
        #expect(loaded.plan == nil)
        #expect(texts.contains { $0.contains(text) }, "\(texts)")
    }

    @Test func aFlowThatAsksAKindForWhatItLacksIsRefusedByName() {
        for (port, end) in [
            ("history", "inputs"), ("change", "outputs"), ("history_ok", "outputs"),
        ] {
            let loaded = Self.load(
                """
                { "nodes": { "a": { "component": "document_store", "settings": {
                    "collections": [{"name":"c"}], "store": {"kind":"plain"} } } },
                  "\(end)": { "x": "a.\(port)" } }
                """)
            let what =
                port == "change" ? "`change` needs a store that tells changes" : "`history` needs"
            let texts = loaded.diagnostics.map { "\($0)" }
            #expect(
                texts.contains { $0.contains(what) && $0.contains("`plain` does not") }, "\(texts)")
        }
    }

    @Test func aRequestThatAsksAKindForWhatItLacksFailsByName() throws {
        let node = try documents(#"{"kind":"plain"}"#)
        for port in ["get", "find"] {
            let failure = try node.refusal(
                of: ["collection": "c", "key": "a", "asOf": 1], at: port)
            #expect(failure["code"] == "unsupported")
            #expect(
                failure["error"]?.string?.contains("`asOf` needs a store that keeps versions")
                    == true)
        }
    }

    @Test func aKindThatCannotOpenEndsTheStart() throws {
        do {
            _ = try documents(#"{"kind":"plain","size":8}"#)
            Issue.record("it starts")
        } catch let failure as Failure {
            #expect(failure.text.contains("nobody has eight megabytes"), "\(failure)")
        }
    }

    @Test func theSchemaOfFlowsHasTheKindsOfTheProgram() throws {
        let own = FlowSchema(Self.registry).json.text
        #expect(own.contains(#""plain""#) && own.contains(#""Megabytes""#))
        let builtIn = FlowSchema(.builtIn).json.text
        #expect(!builtIn.contains(#""plain""#) && builtIn.contains(#""memory""#))
    }

    @Test func aConversationIsKeptInAnyKind() throws {
        let type = try #require(Self.registry["conversation"])
        let node = try Harness(
            try Plan(component: type, settings: ["maxMessages": 2, "store": ["kind": "plain"]]))
        for text in ["a", "b", "c"] as [JSON] {
            _ = try node.send(["conversationId": "x", "messages": [text]], to: "append")
        }
        let window = try node.send(["conversationId": "x"], to: "get").only("get_ok")
        #expect(window["messages"] == ["b", "c"])
        #expect(
            try refusedSetting(of: "conversation", ["path": "x", "store": ["kind": "log"]])
                == "$.path")
    }

    @Test(arguments: ["$own", "a\\u0000b"])
    func aCollectionHasNoNameOfTheStoresOwn(name: String) {
        #expect(throws: Failure.self) { try documents(#"{"kind":"memory"}"#, collections: name) }
    }
}
