import Sluice
import SluiceJSON
import SluiceStore

extension Command {
    private static let collections = Option(
        name: "collection", value: "NAME", about: "Export only this collection",
        isRepeatable: true)
    private static let output = Option(
        name: "output", value: "FILE",
        about: "Write to a file, which appears when it is whole", values: .file)

    /// `sluice store export`.
    static let storeExport = Command(
        name: "export",
        summary: "Write all records as lines of JSON",
        discussion: """
            A line is {"collection": ..., "key": ..., "value": ...} and, where the record expires,
            "expiresAt" in milliseconds since 1970. A key that is no UTF-8 is in "keyBase64", a value that
            is no JSON in "valueBase64". `sluice store import` reads them back. Where an export to a file
            fails, the file is as it was, and the part that was written is kept beside it.
            """,
        operands: [StoreFolder.operand],
        options: [collections, output, .json],
        examples: [
            "sluice store export data/store --output store.jsonl",
            "sluice store export data/store --collection turns | gzip > turns.jsonl.gz",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        if let path = arguments[output] { try folder.checkOutside(path) }
        return try await folder.use(.reading) { store in
            let names = arguments.all(collections)
            for name in names { try folder.check(name, in: store) }
            let file = try arguments[output].map { path throws(CommandFailure) in try NewFile(path)
            }
            var export = Export(
                file: file, task: LongTask(terminal, printsData: file == nil))
            let total = names.isEmpty ? store.statistics.records : 0
            let snapshot = try store.snapshot()
            do {
                for name in names.isEmpty ? store.collections : names {
                    try export.write(CollectionScan(store, name, in: snapshot), total: total)
                }
                return try export.end(terminal, asJSON: arguments.has(.json))
            } catch {
                if let part = export.keepPart() {
                    terminal.note("the part that was written is kept as \(part)")
                }
                throw error
            }
        }
    }
}

/// An export that is under way.
private struct Export: ~Copyable {
    /// Where the lines go; nil for standard output.
    let file: NewFile?
    let task: LongTask
    private var writer = RecordWriter()
    private var records = 0
    private var bytes = 0

    init(file: NewFile?, task: LongTask) {
        self.file = file
        self.task = task
    }

    /// Writes a collection, or as much of it as there is time for.
    mutating func write(_ scan: CollectionScan, total: Int) throws {
        var scan = scan
        while !scan.isFinished, !task.isInterrupted {
            for record in try scan.next() {
                writer.append(record, of: scan.collection)
                records += 1
            }
            if let file {
                try file.write(writer.bytes)
            } else {
                try File.standardOutput.write(writer.bytes)
            }
            bytes += writer.bytes.count
            writer.bytes.removeAll(keepingCapacity: true)
            task.show(LongTask.Status(count: records, done: records, total: total))
        }
    }

    /// Keeps what has been written where it is not whole, and gives its name; nil where there is none.
    func keepPart() -> String? { bytes > 0 ? file?.keepPart() : nil }

    /// Finishes the file, and says what was done.
    func end(_ terminal: Terminal, asJSON: Bool) throws -> ExitCode {
        if !task.isInterrupted { try file?.finish() }
        let facts = [("records", JSON(records)), ("bytes", JSON(bytes))]
        // Standard output has the data, unless they went to a file.
        return try task.end(
            "exported \(Words.count(records, "record")) (\(Words.bytes(bytes)))",
            again: file == nil ? "the lines are whole" : "the file is as it was",
            facts: asJSON ? facts : nil, onStandardOutput: file != nil)
    }
}
