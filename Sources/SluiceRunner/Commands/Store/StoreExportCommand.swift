import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    private static let collections = Option(
        name: "collection", value: "NAME", about: "Export only this collection",
        values: .names(.collections), isRepeatable: true)
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
            is no JSON in "valueBase64". `\(.program) store import` reads them back. Damaged records are named and
            left out, and the exit code is 1. Where an export to a file fails or is not whole, the file is
            as it was, and the part that was written is kept beside it.
            """,
        operands: [StoreFolder.operand],
        options: [collections, output] + StoreFolder.reading + [.json],
        examples: [
            "\(.program) store export data/store --output store.jsonl",
            "\(.program) store export data/store --collection turns | gzip > turns.jsonl.gz",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        if let path = arguments[output] { try StoreFolder.checkOutside(path) }
        return try await folder.use(.reading) { store in
            let names = arguments.all(collections)
            for name in names { try folder.check(name, in: store) }
            let file = try arguments[output].map { path throws(CommandFailure) in try NewFile(path)
            }
            var export = Export(
                of: folder, to: file, LongTask(terminal, printsData: file == nil),
                isWhole: !store.recoveryReport.hasUnknownLoss)
            let total = names.isEmpty ? store.statistics.records : 0
            let snapshot = try store.snapshot()
            do {
                for name in names.isEmpty ? store.collections : names {
                    try export.write(
                        CollectionScan(store, name, in: snapshot), total: total, terminal)
                }
                return try export.end(terminal, asJSON: arguments.has(.json))
            } catch {
                export.keepPart(terminal)
                throw error
            }
        }
    }
}

/// An export that is under way.
private struct Export: ~Copyable {
    private let folder: StoreFolder
    /// Where the lines go; nil for standard output.
    private let file: NewFile?
    private let task: LongTask
    private var writer = RecordWriter()
    private var records = 0
    private var damaged = 0
    private var bytes = 0
    /// Whether nothing is missing in what was written.
    private var isWhole: Bool

    init(of folder: StoreFolder, to file: NewFile?, _ task: LongTask, isWhole: Bool) {
        self.folder = folder
        self.file = file
        self.task = task
        self.isWhole = isWhole
    }

    /// Writes a collection, or as much of it as there is time for.
    mutating func write(_ scan: CollectionScan, total: Int, _ terminal: Terminal) throws {
        var scan = scan
        while !scan.isFinished, !task.isInterrupted {
            let page = try scan.next()
            for record in page.records {
                writer.append(record, of: scan.collection)
                records += 1
            }
            for key in page.damaged {
                folder.warn(scan.damage(of: key))
                damaged += 1
                isWhole = false
            }
            if let file {
                try file.write(writer.bytes)
            } else {
                try terminal.write(json: writer.bytes)
            }
            bytes += writer.bytes.count
            writer.bytes.removeAll(keepingCapacity: true)
            task.show(LongTask.Status(count: records, done: records, total: total))
        }
    }

    /// Keeps what has been written where it is not whole, and says its name.
    func keepPart(_ terminal: Terminal) {
        guard let part = file?.keepPart() else { return }
        task.hide()
        terminal.note("the part that was written is kept as \(part)")
    }

    /// Finishes the file, and says what was done.
    func end(_ terminal: Terminal, asJSON: Bool) throws -> ExitCode {
        if !task.isInterrupted {
            if isWhole { try file?.finish() } else { keepPart(terminal) }
        }
        let facts = [
            ("records", JSON(records)), ("bytes", JSON(bytes)), ("damaged", JSON(damaged)),
        ]
        let left = damaged > 0 ? ", left out \(damaged.grouped) damaged" : ""
        // Standard output has the data, unless they went to a file.
        let code = try task.end(
            "exported \(Words.count(records, "record")) (\(Words.bytes(bytes)))\(left)",
            again: file == nil ? "the lines are whole" : "the file is as it was",
            facts: asJSON ? facts : nil, onStandardOutput: file != nil)
        return isWhole ? code : .worst([code, .failed])
    }
}
