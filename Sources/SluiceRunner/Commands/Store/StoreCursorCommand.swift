import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store cursor`.
    static let storeCursor = Command(
        name: "cursor",
        summary: "Look at the places up to which changes have been taken, and move them",
        discussion: """
            A flow whose `changesFrom` is {"cursor": NAME} keeps in the store up to which revision its
            changes are done, and goes on behind it when it runs again.
            """,
        examples: [
            "\(.program) store cursor list data/store",
            "\(.program) store cursor set data/store mailer 1200",
        ],
        subcommands: [.storeCursorList, .storeCursorSet])

    /// `sluice store cursor list`.
    private static let storeCursorList = Command(
        name: "list",
        summary: "Print the cursors of a store and their revisions",
        operands: [StoreFolder.operand],
        options: StoreFolder.reading + [.json],
        examples: ["\(.program) store cursor list data/store"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        return try await folder.use(.reading) { store in
            let (cursors, damaged) = (store.cursors, store.damagedCursors)
            if arguments.has(.json) {
                let list = try cursors.map {
                    try JSON(
                        object: [("name", JSON($0.name)), ("revision", JSON(Int($0.revision)))])
                }
                var facts = [
                    ("revision", JSON(Int(store.revision))), ("cursors", try JSON(array: list)),
                ]
                if !damaged.isEmpty {
                    facts.append(("damaged", try JSON(array: damaged.map { JSON($0) })))
                }
                try terminal.print(facts: facts)
            } else if cursors.isEmpty, damaged.isEmpty {
                try terminal.print("no cursors\n")
            } else if !cursors.isEmpty {
                var table = Table(rightAligned: [1])
                table.add(["CURSOR", "REVISION"])
                for one in cursors { table.add([one.name, Int(one.revision).grouped]) }
                try terminal.print(.lines(table.text))
            }
            for name in damaged {
                terminal.note(
                    "the cursor `\(name)` is damaged: `\(folder.program) store cursor set \(folder.path) "
                        + "NAME REVISION` sets it anew")
            }
            return damaged.isEmpty ? .success : .failed
        }
    }

    /// `sluice store cursor set`.
    private static let storeCursorSet = Command(
        name: "set",
        summary: "Move a cursor, or make it",
        discussion: """
            A flow goes on with the changes behind REVISION: 0 is for all that are still there. Where it
            runs, end it first. Prints the cursor's new revision.
            """,
        operands: [
            StoreFolder.operand, Operand(name: "NAME", about: "The cursor's name"),
            Operand(name: "REVISION", about: "A revision of the store, or 0"),
        ],
        options: StoreFolder.writing + [.json],
        examples: ["\(.program) store cursor set data/store mailer 1200"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let (name, text) = (arguments.operand(1), arguments.operand(2))
        guard !name.utf8.starts(with: LogStore.ownCursorPrefix.utf8) else {
            throw UsageError("the store's own cursors, which begin with `$`, cannot be set")
        }
        guard (1...LogStore.maximumNameBytes).contains(name.utf8.count) else {
            throw UsageError("a cursor's name has 1 to \(LogStore.maximumNameBytes) bytes")
        }
        guard let revision = Int64(text), revision >= 0 else {
            throw UsageError("REVISION is a whole number of at least 0, not `\(text)`")
        }
        return try await folder.use(.writing) { store in
            guard revision <= store.revision else {
                throw UsageError(
                    "revision \(revision) is not there yet; the newest is \(store.revision)")
            }
            try await store.setCursor(name, revision)
            if arguments.has(.json) {
                try terminal.print(
                    facts: [("name", JSON(name)), ("revision", JSON(Int(revision)))])
            } else {
                try terminal.print("revision \(revision)\n")
            }
            return .success
        }
    }
}
