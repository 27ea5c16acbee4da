import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    private static let collection = Option(
        name: "collection", value: "NAME",
        about: "The collection of lines that name none; one that names another is a bad line",
        values: .names(.collections))
    private static let keepGoing = Option.flag(
        "keep-going", "Leave bad lines out and go on with the next")

    /// `sluice store import`.
    static let storeImport = Command(
        name: "import",
        summary: "Store the records of an export",
        discussion: """
            Reads lines as `\(.program) store export` writes them, and makes the store and collections that
            are missing. Each record is a put of its own: running an import again gives the same records,
            so one that was interrupted can just be run again. A line that is no record ends the import
            behind the line before it, or with --keep-going is left out; it is named, and the exit code is
            1. Records that have expired meanwhile are left out. An import that fails leaves no new store
            behind where it has stored nothing.
            """,
        operands: [
            StoreFolder.operand,
            Operand(
                name: "FILE", about: "The lines; `-`, or none, is standard input",
                count: .optional, values: .file),
        ],
        options: [collection, keepGoing] + StoreFolder.writing + [.json],
        examples: [
            "\(.program) store import data/store store.jsonl",
            "gunzip < turns.jsonl.gz | \(.program) store import data/store --keep-going",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let path = arguments.operands.count > 1 ? arguments.operand(1) : "-"
        if path != "-" { try StoreFolder.checkOutside(path) }
        let file = path == "-" ? FileStream.standardInput : try FileStream(path, .read)
        return try await folder.use(.creating) { store in
            let job = ImportJob(
                store: store, file: file, collection: arguments[collection],
                keepsGoing: arguments.has(keepGoing), terminal: terminal)
            do {
                try await job.run()
            } catch {
                // What was written before stays, and whoever runs it again wants to know.
                terminal.note("\(job.stored)")
                throw error
            }
            return try job.end(asJSON: arguments.has(.json))
        }
    }
}
