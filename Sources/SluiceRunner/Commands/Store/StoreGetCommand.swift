import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    /// `sluice store get`.
    static let storeGet = Command(
        name: "get",
        summary: "Print the value of a key",
        discussion: """
            Prints the bytes as they are stored; on a terminal characters that would drive it are escapes,
            and a line feed follows. With --json the value, its revision, that of the put which created
            the key, when it was written and when it expires. Exits 1 where the key is absent or its record
            is damaged.
            """,
        operands: [StoreFolder.operand, .collection, .key],
        options: [.asOf, KeyText.base64] + StoreFolder.reading + [.json],
        examples: ["\(.program) store get data/store turns alice/1"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let (collection, key) = (arguments.operand(1), arguments.operand(2))
        let bytes = try KeyText.bytes(key, arguments)
        let revision = try arguments.number(.asOf).map { Int64($0) }
        return try await folder.use(.reading) { store in
            try folder.check(collection, in: store)
            guard let record = try store.get(collection, bytes, asOf: revision) else {
                if arguments.has(.json) { try terminal.print(facts: [("found", false)]) }
                terminal.note("`\(key)` is absent")
                return .failed
            }
            if arguments.has(.json) {
                try terminal.print(facts: facts(record))
            } else {
                let end = FileStream.standardOutput.isTerminal ? "\n" : ""
                try terminal.write(json: record.value + end.utf8)
            }
            return .success
        }
    }

    private static func facts(_ record: LogStore.Record) -> [(String, JSON)] {
        var facts: [(String, JSON)] = [("found", true), ValueText.member(record.value)]
        facts.append(("revision", JSON(Int(record.revision))))
        facts.append(("createdRevision", JSON(Int(record.createdRevision))))
        if let time = record.updatedAt { facts.append(("updatedAt", JSON(Int(time)))) }
        if let time = record.expiresAt { facts.append(("expiresAt", JSON(Int(time)))) }
        return facts
    }
}
