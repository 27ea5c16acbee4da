import Sluice
import SluiceJSON
import SluiceStore

/// Remembers the newest messages of conversations.
enum Conversation: Component {
    static let about = About(
        "conversation", "Remembers the newest messages of conversations",
        discussion: """
            `append` adds messages and answers with all that are kept, in one atomic step: \
            messages that are appended at the same time are never lost. The conversations lie in \
            the collection `\(collection)` of the store at `path`, each an array under its id.
            """,
        example: #"{ "path": "conversations", "maxMessages": 50 }"#)

    /// The collection that conversations lie in.
    static let collection = "conversations"

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        try StorePath.check(settings.path)
        ports.setErrorPort(isEnabled: settings.enableErrorPort)
        ports.declaresFailures = true
        ports.failsAsStore()
        let kinds = StoreKinds.of(ports.provisions)
        var log = LogStoreKind.Settings()
        log.path = settings.path
        let chosen = try kinds.chosen(settings.store, log)
        ports.store = chosen.shared
        let node = StoreNode(collections: [collection], chosen, kinds.operators)
        let window = settings.maxMessages == 0 ? nil : settings.maxMessages
        let appendOK = ports.reply("append_ok", Window.self, about: "All that is kept now")
        let getOK = ports.reply("get_ok", Window.self, about: "All that is kept")
        let clearOK = ports.reply("clear_ok", Cleared.self, about: "The conversation is forgotten")
        ports.onStart { try await node.start($0) }
        ports.requests(
            "append", Append.self, about: "Adds messages", causing: ["append_ok"]
        ) { deliveries, turn in
            await node.commit(
                deliveries, turn, on: appendOK,
                { append throws(Failure) in try append.write(keepingLast: window) }, Window.init
            ) { $0.failure($1) }
        }
        ports.requests(
            "get", Get.self, about: "Asks for a conversation", causing: ["get_ok"]
        ) { request, turn in
            try await turn.emit(await request.answer(from: node.store()), on: getOK)
        }
        ports.requests(
            "clear", Clear.self, about: "Forgets a conversation", causing: ["clear_ok"]
        ) { deliveries, turn in
            await node.commit(deliveries, turn, on: clearOK, { $0.write() }, Cleared.init)
        }
        for verb in ["get", "clear"] { ports.isRepeatable(verb) }
        ports.narrow("append") { $0.narrow("conversationId") { $0.limitToStoredKeys() } }
        ports.onStop { try await node.stop() }
    }

    static func adapt(_ settings: inout Schema, to provisions: Provisions) {
        StoreKinds.of(provisions).adapt(&settings)
    }
}

extension Conversation {
    /// What a node of this kind can be told.
    struct Settings: Message {
        var path = "conversations"
        var maxMessages = 50
        var enableErrorPort = true
        var store: JSON?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "path", &path, about: "The store's folder, inside the data directory or absolute")
            try m.optional(
                "maxMessages", &maxMessages, .atLeast(0),
                about: "How many messages of a conversation are kept, the newest; 0 for all")
            try m.optional("enableErrorPort", &enableErrorPort, about: "Whether there is `error`")
            try m.optional("store", &store, about: StoreKinds.aboutSetting)
            try m.rule(.instead("store", of: ["path"]))
        }
    }
}
