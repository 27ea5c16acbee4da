import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

extension DocumentStore {
    /// What a node of this kind can be told.
    struct Settings: Message {
        var collections: [Collection] = []
        /// The log store that the node has where no other kind is named.
        var log = LogStoreKind.Settings()
        var changesFrom = ChangesFrom.now
        var enableErrorPort = true
        var store: JSON?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "collections", &collections, .items(1...Int.max),
                about: "The collections that this node may use")
            try log.members(&m)
            try m.optional("changesFrom", &changesFrom, about: "Where `change` begins")
            try m.optional("enableErrorPort", &enableErrorPort, about: "Whether there is `error`")
            try m.optional("store", &store, about: StoreKinds.aboutSetting)
            try m.rule(.instead("store", of: LogStoreKind.Settings.names))
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
            try StorePath.check(log.path)
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
            guard name.utf8.count <= Name.maximumBytes else {
                return .invalid(
                    "collections[\(index)]: the name has more than \(Name.maximumBytes) bytes",
                    at: place)
            }
            guard Name(name).isUsable else {
                return .invalid(
                    "collections[\(index)]: names that begin with `\(Name.ownPrefix)` are the store's "
                        + "own, and none has a NUL", at: place)
            }
            return collections[..<index].firstIndex { $0.name.isSame(as: name) }.map { first in
                .invalid(
                    "collections[\(index)]: the name \"\(name)\" is that of "
                        + "collections[\(first)] already", at: place)
            }
        }
    }
}
