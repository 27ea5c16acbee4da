import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    private static let yes = Option.flag("yes", "Do not ask")

    /// `sluice store drop`.
    static let storeDrop = Command(
        name: "drop",
        summary: "Delete all records of a collection",
        discussion: """
            Asks before, unless --yes is given. Records are deleted a batch at a time: one that was
            interrupted can be run again. The collection itself stays, empty.
            """,
        operands: [StoreFolder.operand, .collection],
        options: [yes] + StoreFolder.writing + [.json],
        examples: ["\(.program) store drop data/store turns --yes"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let collection = arguments.operand(1)
        return try await folder.use(.writing) { store in
            try folder.check(collection, in: store)
            if !arguments.has(yes) {
                guard FileStream.standardInput.isTerminal else {
                    throw UsageError("nobody can be asked here: give --yes")
                }
                let question: Note = "delete all records of `\(collection)` in \(folder.path)?"
                guard try terminal.confirm(question) else { return .failed }
            }
            let task = LongTask(terminal)
            let deleted = try await delete(
                store, try CollectionScan(store, collection, LogStore.Find(keysOnly: true)), task)
            return try task.end(
                "deleted \(Words.count(deleted, "record"))", again: "run it again to go on",
                facts: arguments.has(.json) ? [("deleted", JSON(deleted))] : nil)
        }
    }

    private static func delete(
        _ store: LogStore, _ scan: CollectionScan, _ task: LongTask
    ) async throws -> Int {
        var scan = scan
        var deleted = 0
        while !scan.isFinished, !task.isInterrupted {
            let writes = try scan.next(limit: 8_192).records.map { record in
                LogStore.Write([.delete(collection: scan.collection, key: record.key)])
            }
            guard !writes.isEmpty else { continue }
            for result in await store.write(writes) {
                if try result.get().items.first?.existed == true { deleted += 1 }
            }
            task.show(LongTask.Status(count: deleted))
        }
        return deleted
    }
}
