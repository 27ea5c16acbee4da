import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    private static let keepOlder = Option.flag(
        "keep-older",
        "Where the newest version of a key is lost, or may be, keep the older one found")

    /// `sluice store repair`.
    static let storeRepair = Command(
        name: "repair",
        summary: "Save what can be read of a damaged store into a new one",
        discussion: """
            The damaged store stays as it is. What verifies is saved with its revisions, times and expiry.
            No older value takes the place of a newer one that is lost: a key whose newest version is lost,
            or may be, is left out, and --keep-older keeps the version that was found. Where only the end
            of the log is lost, the new store is the old one as of the last sound revision.

            Prints every damage with its file, its place and, where that is known, the key; then the keys
            and revisions that are lost. Exits 1 where there is one. End what uses the store first: what
            it writes meanwhile may be left out.
            """,
        operands: [
            StoreFolder.operand,
            Operand(
                name: "NEW", about: "The new store's folder, missing or empty", values: .folder),
        ],
        options: [keepOlder, .json],
        examples: ["\(.program) store repair data/store data/repaired"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        try folder.checkApart(arguments.operand(1))
        let task = LongTask(terminal)
        let keepsOlder = arguments.has(keepOlder)
        let report = try folder.read(task) { path throws(LogStoreError) in
            try LogStore.repair(
                path, to: arguments.operand(1), keepsOlder: keepsOlder, progress: task.goesOn)
        }
        guard let report else {
            return try task.end(
                "saved a part", again: "run it again",
                facts: arguments.has(.json) ? [] : nil)
        }
        let isJSON = arguments.has(.json)
        if !isJSON {
            for line in report.lines { try terminal.print("\(line)\n") }
        }
        let code = try task.end(
            "saved \(Words.count(report.records, "record")) in "
                + "\(Words.count(report.collections, "collection")), "
                + (report.recordsMended > 0
                    ? "mended \(Words.count(report.recordsMended, "record")), " : "")
                + "lost "
                + "\(Words.count(report.recordsLost, "record")) (\(Words.bytes(report.bytesLost))) in "
                + Words.count(report.damages.count, "place"),
            again: "", facts: isJSON ? try report.facts : nil)
        if report.leftOutCount > 0, !isJSON {
            terminal.note(
                "  \(Words.count(report.leftOutCount, "older version")) that "
                    + "\(report.leftOutCount == 1 ? "was found is" : "were found are") left out; "
                    + "--keep-older keeps them")
        }
        return report.isSound ? code : .worst([code, .failed])
    }
}
