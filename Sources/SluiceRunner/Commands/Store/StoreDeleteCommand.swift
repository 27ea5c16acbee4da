import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store delete`.
    static let storeDelete = Command(
        name: "delete",
        summary: "Delete a key",
        discussion: """
            Prints the revision of the delete, or that the key was absent, which is no failure. Exits 1
            where --if-revision does not match.
            """,
        operands: [StoreFolder.operand, .collection, .key],
        options: [.ifRevision, KeyText.base64] + StoreFolder.writing + [.json],
        examples: ["\(.program) store delete data/store turns alice/1"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let collection = arguments.operand(1)
        let key = try KeyText.bytes(arguments.operand(2), arguments)
        let revision = try arguments.number(.ifRevision)
        return try await folder.use(.writing) { store in
            try folder.check(collection, in: store)
            let item = try await store.delete(
                collection, key, ifRevision: revision.map { Int64($0) })
            if arguments.has(.json) {
                try terminal.print(
                    facts: [("deleted", JSON(item.existed))]
                        + (item.revision.map { [("revision", JSON(Int($0)))] } ?? []))
            } else {
                try terminal.print(item.revision.map { "revision \($0)\n" as Note } ?? "absent\n")
            }
            return .success
        }
    }
}
