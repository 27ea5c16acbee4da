import Sluice
import SluiceJSON
import SluiceStore

extension Command {
    /// `sluice store repair`.
    static let storeRepair = Command(
        name: "repair",
        summary: "Save what can be read of a damaged store into a new one",
        discussion: """
            The damaged store stays as it is. What verifies is saved with its revisions, times and expiry,
            as it was last known to be; every damage is printed with its file, its place and, where that is
            known, the key. Exits 1 where there is one. End what uses the store first: what it writes
            meanwhile may be left out.
            """,
        operands: [
            StoreFolder.operand,
            Operand(
                name: "NEW", about: "The new store's folder, missing or empty", values: .folder),
        ],
        options: [.json],
        examples: ["sluice store repair data/store data/repaired"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        try folder.checkApart(arguments.operand(1))
        let task = LongTask(terminal)
        let report = try folder.read(task) { path throws(LogStoreError) in
            try LogStore.repair(path, to: arguments.operand(1), progress: task.goesOn)
        }
        guard let report else {
            return try task.end(
                "saved a part", again: "run it again",
                facts: arguments.has(.json) ? [] : nil)
        }
        let isJSON = arguments.has(.json)
        if !isJSON {
            for damage in report.damages { try terminal.print("\(damage.text)\n") }
        }
        let facts: [(String, JSON)] = [
            ("records", JSON(report.records)), ("collections", JSON(report.collections)),
            ("bytesLost", JSON(report.bytesLost)),
            ("damages", try JSON(array: report.damages.map { try $0.facts })),
        ]
        let code = try task.end(
            "saved \(Words.count(report.records, "record")) in "
                + "\(Words.count(report.collections, "collection")), lost "
                + "\(Words.bytes(report.bytesLost)) in \(Words.count(report.damages.count, "place"))",
            again: "", facts: isJSON ? facts : nil)
        return report.damages.isEmpty ? code : .worst([code, .failed])
    }
}
