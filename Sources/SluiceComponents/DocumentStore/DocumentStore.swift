import Sluice
import SluiceJSON
import SluiceStore

/// Keeps JSON documents in a store: on a log, or of another kind.
enum DocumentStore: Component {
    static let about = About(
        "document_store",
        "Keeps JSON documents under keys: put, get, delete, find, update, write, history",
        discussion: """
            Results leave by the `_ok` ports, once they are as durable as `sync` promises, and \
            failures by `error`. Every request may have a `context`, which all it causes gives \
            back. `change` tells of every put and delete in order of revision, where it is \
            connected. Nodes on one `path` share one store; each sees its own `collections` only. \
            A cursor in `changesFrom` that the store does not know yet begins now. With \
            `keepRevisions` or `keepHours` the store can be asked what it held before: `get` and \
            `find` with `asOf`, `history`, and `changesFrom` a revision. The store is a log on disk \
            unless `store` names another kind.
            """,
        example: #"{ "path": "notes", "collections": [{ "name": "notes" }], "maxSizeMB": 64 }"#)

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        try settings.check()
        ports.setErrorPort(isEnabled: settings.enableErrorPort)
        ports.declaresFailures = true
        ports.failsAsStore()
        ports.fails(with: "invalid_value")
        ports.allowsConcurrency = true
        let kinds = StoreKinds.of(ports.provisions)
        let chosen = try kinds.chosen(settings.store, settings.log)
        let node = StoreNode(
            collections: settings.collections.map(\.name), chosen, kinds.operators)
        ports.store = chosen.shared
        ports.onStart { try await node.start($0) }
        wireKeys(node, &ports)
        wireSets(node, &ports)
        if chosen.keepsVersions {
            wireHistory(node, &ports)
        } else {
            ports.leaveOut(
                "history", "history_ok",
                because: Failure.lacking("`history`", "keeps versions", chosen.kind).text)
        }
        if chosen.tellsChanges {
            wireChanges(settings.changesFrom, node, &ports)
        } else {
            ports.leaveOut(
                "change", because: Failure.lacking("`change`", "tells changes", chosen.kind).text)
        }
        for verb in ["get", "find", "history"] { ports.isRepeatable(verb) }
        for verb in ["put", "delete"] {
            ports.isRepeatable(verb) { ($0["ifRevision"] ?? .null).isNull }
        }
        narrow(&ports, to: settings.collections.map(\.name))
        // The position of a cursor is kept before the store is given back.
        ports.onStop { try await node.stop() }
    }

    static func adapt(_ settings: inout Schema, to provisions: Provisions) {
        StoreKinds.of(provisions).adapt(&settings)
    }

    /// The verbs on one key.
    private static func wireKeys(_ node: StoreNode, _ ports: inout Ports) {
        let putOK = ports.reply("put_ok", PutReply.self, about: "The value is stored")
        let getOK = ports.reply("get_ok", GetReply.self, about: "What the key holds, if anything")
        let deleteOK = ports.reply("delete_ok", DeleteReply.self, about: "The key is absent")
        let updateOK = ports.reply("update_ok", UpdateReply.self, about: "The new value")
        ports.requests(
            "put", Put.self, about: "Stores a value", causing: node.causes("put_ok")
        ) { deliveries, turn in
            await node.commit(deliveries, turn, on: putOK, node.write(for:), PutReply.init)
        }
        ports.requests(
            "get", Get.self, about: "Reads a value", causing: ["get_ok"]
        ) { request, turn in
            try await turn.emit(await node.get(request), on: getOK)
        }
        ports.requests(
            "delete", Delete.self, about: "Removes a key", causing: node.causes("delete_ok")
        ) { deliveries, turn in
            await node.commit(deliveries, turn, on: deleteOK, node.write(for:), DeleteReply.init)
        }
        ports.requests(
            "update", Update.self, about: "Changes a value in one atomic step",
            causing: node.causes("update_ok")
        ) { deliveries, turn in
            await node.commit(deliveries, turn, on: updateOK, node.write(for:), UpdateReply.init)
        }
    }

    /// The verbs on many keys.
    private static func wireSets(_ node: StoreNode, _ ports: inout Ports) {
        let findOK = ports.reply("find_ok", FindReply.self, about: "Documents in order of keys")
        let writeOK = ports.reply("write_ok", WriteReply.self, about: "All is written")
        ports.requests(
            "find", Find.self, about: "Looks through a range of keys", causing: ["find_ok"]
        ) { request, turn in
            try await turn.emit(await node.find(request, turn.evaluation), on: findOK)
        }
        ports.requests(
            "write", Write.self, about: "Puts and deletes, all or nothing",
            causing: node.causes("write_ok")
        ) { deliveries, turn in
            await node.commit(deliveries, turn, on: writeOK, node.write(for:), WriteReply.init) {
                node.failure(of: $0, $1)
            }
        }
    }

    /// The verb on what a key held.
    private static func wireHistory(_ node: StoreNode, _ ports: inout Ports) {
        let historyOK = ports.reply("history_ok", HistoryReply.self, about: "What the key held")
        ports.requests(
            "history", History.self, about: "Lists the versions of a key that are kept",
            causing: ["history_ok"]
        ) { request, turn in
            try await turn.emit(await node.history(request), on: historyOK)
        }
    }

    /// Tells checks which values no request may have.
    private static func narrow(_ ports: inout Ports, to collections: [String]) {
        func limit(_ request: inout Schema) {
            request.narrow("collection") { $0.enumeration = collections.map { JSON($0) } }
        }
        for verb in ["get", "delete", "find", "history"] { ports.narrow(verb, limit) }
        for verb in ["put", "update"] {
            ports.narrow(verb) { request in
                limit(&request)
                request.narrow("key") { $0.limitToStoredKeys() }
            }
        }
        ports.narrow("write") { request in
            request.narrow("operations") { operations in
                operations.items = operations.items.map { operation in
                    var operation = operation
                    limit(&operation)
                    operation.limitStoredKeys()
                    return operation
                }
            }
        }
    }

    private static func wireChanges(
        _ start: ChangesFrom, _ node: StoreNode, _ ports: inout Ports
    ) {
        let change = ports.output(
            "change", Change.self, about: "A put or a delete, in order of revision",
            isOnDemand: true)
        let feed = ChangeSource(start, node)
        ports.source(.following, feeding: change, isCaughtUp: { feed.isCaughtUp }) { source in
            try await feed.run(source, change)
        }
        ports.onStop { await feed.stop() }
    }
}

extension Schema {
    /// Leaves the keys that a value can be stored under.
    mutating func limitToStoredKeys() {
        minimumLength = 1
        assertions.append(.maximumBytes(StoreLimits.keyBytes))
    }

    /// The same for the key of an operation that stores something.
    fileprivate mutating func limitStoredKeys() {
        var put = Schema.any
        put.enumeration = ["put"]
        var key = Schema.any
        key.limitToStoredKeys()
        assertions.append(
            .conditional(
                .object([Property("op", put, isRequired: true)]),
                then: .object([Property("key", key, isRequired: false)]), otherwise: nil))
    }
}
