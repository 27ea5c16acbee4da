import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    private static let collection = Option(
        name: "collection", value: "NAME", about: "Only changes of this collection",
        values: .names(.collections))
    private static let key = Option(
        name: "key", value: "KEY", about: "Only changes of this key; with --collection")
    private static let after = Option(
        name: "after", value: "REV", about: "Only changes behind this revision")

    /// `sluice store log`.
    static let storeLog = Command(
        name: "log",
        summary: "Print what was changed, oldest first",
        discussion: """
            A change is its revision, its time (UTC), put or delete, the collection, the key and the
            beginning of the value. With --json, lines of JSON with whole values. Compaction removes what
            was overwritten: without --after, what is left is printed, and up to where changes are gone is
            said; with it, changes that are gone are an error (exit 1).
            """,
        operands: [StoreFolder.operand],
        options: [collection, key, after, .limit, KeyText.base64] + StoreFolder.reading + [.json],
        examples: [
            "\(.program) store log data/store --after 1200 --limit 20",
            "\(.program) store log data/store --collection turns --key alice/1 --json",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let wanted = arguments[collection]
        let wantedKey = try arguments[key].map { text throws(UsageError) in
            try KeyText.bytes(text, arguments)
        }
        guard wantedKey == nil || wanted != nil else {
            throw UsageError("--key needs --collection: a key may be in several")
        }
        let start = try arguments.number(after)
        let limit = try arguments.number(.limit) ?? 0
        return try await folder.use(.reading) { store in
            var left = limit == 0 ? Int.max : limit
            var isDamaged = false
            if let wanted { try folder.check(wanted, in: store) }
            var changes = ChangeScan(
                store, after: start.map { Int64($0) }, limit: wanted == nil ? limit : 0)
            var writer = ChangeWriter(
                isJSON: arguments.has(.json), newest: store.revision, width: terminal.textColumns)
            while left > 0, let part = try next(&changes, folder) {
                for change in part.changes where left > 0 {
                    guard wanted.map(change.collection.isSame) ?? true,
                        wantedKey == nil || change.key == wantedKey
                    else { continue }
                    writer.append(change)
                    left -= 1
                    guard let damage = change.damage else { continue }
                    folder.warn(damage.error)
                    isDamaged = true
                }
                for damage in part.damages { folder.warn(damage.error) }
                if !part.damages.isEmpty { isDamaged = true }
                try terminal.write(json: writer.bytes)
                writer.bytes.removeAll(keepingCapacity: true)
            }
            if let oldest = changes.oldest {
                terminal.note("changes up to revision \(oldest) have been compacted away")
            }
            return isDamaged ? .failed : .success
        }
    }

    private static func next(
        _ changes: inout ChangeScan, _ folder: StoreFolder
    ) throws -> LogStore.ChangePage? {
        do throws(LogStoreError) {
            return try changes.next()
        } catch .gone(let oldest) {
            throw CommandFailure(
                "changes up to revision \(oldest) have been compacted away",
                remedy:
                    "`\(folder.program) store log \(folder.path) --after \(oldest)` prints what was "
                    + "changed since", code: .failed)
        }
    }
}
