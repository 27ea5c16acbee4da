import Sluice
import SluiceJSON
import SluiceStore

extension DocumentStore {
    /// What a node of this kind can be told.
    struct Settings: Message {
        var path = "store"
        var collections: [Collection] = []
        var maxSizeMB = 1024
        var enableErrorPort = true
        var leaderOnly = false
        var sync = SyncSetting.always
        var lockTimeoutMs = 5000
        var changesFrom = ChangesFrom.now

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "path", &path, about: "The store's folder, inside the data directory or absolute")
            try m.required(
                "collections", &collections, .items(1...Int.max),
                about: "The collections that this node may use")
            try m.optional(
                "maxSizeMB", &maxSizeMB, .atLeast(1),
                about: "The most that live documents may take: 32 bytes + key + value each")
            try m.optional("enableErrorPort", &enableErrorPort, about: "Whether there is `error`")
            try m.optional(
                "leaderOnly", &leaderOnly,
                about: "Starts while another process owns the store, and takes over when it ends")
            try m.optional("sync", &sync, about: "When a write counts as done")
            try m.optional(
                "lockTimeoutMs", &lockTimeoutMs, .atLeast(0),
                about: "How long to wait for another owner to let the store go")
            try m.optional("changesFrom", &changesFrom, about: "Where `change` begins")
        }
    }

    /// A named set of keys.
    struct Collection: Message {
        var name = ""

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("name", &name, .length(1...Int.max), about: "The collection's name")
        }
    }
}

extension DocumentStore.Settings {
    /// Checks what the schema cannot say.
    func check() throws(Failure) {
        try StorePath.check(path)
        guard !collections.isEmpty else {
            throw .invalid("there must be at least one collection", at: "$.collections")
        }
        for (index, collection) in collections.enumerated() {
            let place = "$.collections[\(index)].name"
            guard !collection.name.allSatisfy(\.isWhitespace) else {
                throw .invalid("collections[\(index)]: the name is blank", at: place)
            }
            let first = collections[..<index].firstIndex { $0.name.isSame(as: collection.name) }
            if let first {
                throw .invalid(
                    "collections[\(index)]: the name \"\(collection.name)\" is that of "
                        + "collections[\(first)] already", at: place)
            }
        }
    }

    var storeOptions: StoreOptions {
        StoreOptions(
            path: path, maxSizeMB: maxSizeMB, sync: sync, leaderOnly: leaderOnly,
            lockTimeoutMs: lockTimeoutMs)
    }
}

extension String {
    /// Whether both have the same bytes; `==` also takes canonically equivalent texts for equal,
    /// which are different names to the store.
    func isSame(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
