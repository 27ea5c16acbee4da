import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

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
        var memoryMB = 64
        var keepRevisions = 0
        var keepHours = 0

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
            try m.optional(
                "memoryMB", &memoryMB, .atLeast(1),
                about: "Memory for the index and work in the background; 2 bytes a key come on top")
            try m.optional(
                "keepRevisions", &keepRevisions, .atLeast(0),
                about: "How many revisions back `asOf`, `history` and `changesFrom` reach at least")
            try m.optional(
                "keepHours", &keepHours, .atLeast(0),
                about: "How many hours back they reach at least")
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
    /// Checks what the schema cannot say; throws all that is wrong.
    func check() throws(Failure) {
        var wrong = nameProblems
        do throws(Failure) {
            try StorePath.check(path)
        } catch {
            wrong.insert(error, at: 0)
        }
        if let failure = Failure(all: wrong) { throw failure }
    }

    /// What is wrong with the names of the collections.
    private var nameProblems: [Failure] {
        guard !collections.isEmpty else {
            return [.invalid("there must be at least one collection", at: "$.collections")]
        }
        return collections.indices.compactMap { index in
            let name = collections[index].name
            let place = "$.collections[\(index)].name"
            guard !name.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
                return .invalid("collections[\(index)]: the name is blank", at: place)
            }
            guard name.utf8.count <= LogStore.maximumNameBytes else {
                return .invalid(
                    "collections[\(index)]: the name has more than "
                        + "\(LogStore.maximumNameBytes) bytes", at: place)
            }
            return collections[..<index].firstIndex { $0.name.isSame(as: name) }.map { first in
                .invalid(
                    "collections[\(index)]: the name \"\(name)\" is that of "
                        + "collections[\(first)] already", at: place)
            }
        }
    }

    var storeOptions: StoreOptions {
        StoreOptions(
            path: path, maxSizeMB: maxSizeMB, sync: sync, leaderOnly: leaderOnly,
            lockTimeoutMs: lockTimeoutMs, memoryMB: memoryMB, keepRevisions: keepRevisions,
            keepHours: keepHours)
    }
}
