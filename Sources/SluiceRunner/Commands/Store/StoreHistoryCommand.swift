import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store history`.
    static let storeHistory = Command(
        name: "history",
        summary: "Print the versions of a key that are kept, newest first",
        discussion: """
            A version is its revision, its time (UTC), put or delete, and the beginning of the value; with
            --json, lines of JSON with whole values. `get --as-of REV` prints one of them as it was
            stored. What was replaced is kept as long as keepRevisions or keepHours of the flow that
            writes it says, and until compaction takes it away. Exits 1 where nothing is known of the key,
            or a version is damaged, which is said and left out.
            """,
        operands: [StoreFolder.operand, .collection, .key],
        options: [.limit, KeyText.base64] + StoreFolder.reading + [.json],
        examples: ["\(.program) store history data/store turns alice/1 --limit 10"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let (collection, key) = (arguments.operand(1), arguments.operand(2))
        let bytes = try KeyText.bytes(key, arguments)
        let limit = try arguments.number(.limit) ?? 0
        return try await folder.use(.reading) { store in
            try folder.check(collection, in: store)
            let versions = try store.history(collection, bytes, limit: limit)
            var writer = ChangeWriter(
                isJSON: arguments.has(.json), newest: versions.first?.revision ?? 0,
                width: terminal.textColumns)
            for version in versions where version.damage == nil { writer.append(version) }
            try terminal.write(json: writer.bytes)
            let damages = versions.compactMap(\.damage)
            for damage in damages { folder.warn(damage.error) }
            guard versions.isEmpty else { return damages.isEmpty ? .success : .failed }
            terminal.note("`\(key)` is absent, and no version of it is kept")
            return .failed
        }
    }
}
