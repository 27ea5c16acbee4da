import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    private static let timeToLive = Option(
        name: "ttl", value: "SECONDS", about: "Let the record expire after so many seconds")
    private static let create = Option.flag(
        "create", "Make the store and the collection where they are missing")

    /// `sluice store put`.
    static let storePut = Command(
        name: "put",
        summary: "Store a value under a key",
        discussion: """
            VALUE is JSON; `-`, or none, reads it from standard input. What was there is overwritten, and
            without --ttl it does not expire any more. Prints the record's revision. Exits 1 where
            --if-revision does not match.
            """,
        operands: [
            StoreFolder.operand, .collection, .key,
            Operand(name: "VALUE", about: "JSON, or `-` for standard input", count: .optional),
        ],
        options: [timeToLive, .ifRevision, create, KeyText.base64] + StoreFolder.writing + [.json],
        examples: [
            #"\#(.program) store put data/store turns alice/1 '{"text": "hello"}'"#,
            "\(.program) store put data/store settings theme '\"dark\"' --if-revision 0",
            "\(.program) store put data/store pages index --ttl 3600 < page.json",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal, creation: "--create makes it")
        let collection = arguments.operand(1)
        let key = try KeyText.bytes(arguments.operand(2), arguments)
        let ttl = try arguments.number(timeToLive, atLeast: 1)
        let revision = try arguments.number(.ifRevision)
        let value = try value(arguments)
        return try await folder.use(arguments.has(create) ? .creating : .writing) { store in
            if arguments.has(create) {
                try store.declare(collections: [collection])
            } else {
                try folder.check(collection, in: store)
            }
            let item: LogStore.Outcome.Item
            do throws(LogStoreError) {
                item = try await store.put(
                    collection, key, value, ifRevision: revision.map { Int64($0) },
                    timeToLiveSeconds: ttl.map { Int64($0) })
            } catch .invalid(let text) where ttl != nil {
                throw UsageError("--ttl: \(text)")
            } catch {
                throw error
            }
            if arguments.has(.json) {
                var facts = [("revision", JSON(Int(item.revision ?? 0)))]
                if let time = item.expiresAt { facts.append(("expiresAt", JSON(Int(time)))) }
                try terminal.print(facts: facts)
            } else {
                try terminal.print("revision \(item.revision ?? 0)\n")
            }
            return .success
        }
    }

    private static func value(_ arguments: Arguments) throws -> [UInt8] {
        let text = arguments.operands.count > 3 ? arguments.operand(3) : "-"
        let isRead = text == "-"
        let bytes = isRead ? try FileStream.standardInput.contents() : Array(text.utf8)
        do throws(JSONError) {
            return try ValueText.stored(bytes)
        } catch {
            guard isRead else {
                throw UsageError("VALUE is no JSON: column \(error.column): \(error.message)")
            }
            throw CommandFailure("\(FileStream.standardInput.path):\(error)", code: .failed)
        }
    }
}
