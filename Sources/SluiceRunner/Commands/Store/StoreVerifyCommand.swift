import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store verify`.
    static let storeVerify = Command(
        name: "verify",
        summary: "Read all of a store and say what is damaged",
        discussion: """
            Compares everything with the hashes it was written with, and the index with the records; works
            on a store in use, and changes nothing. Every damage is printed with its file, its place and,
            where that is known, the key. Exits 1 where there is one.
            """,
        operands: [StoreFolder.operand],
        options: [.json],
        examples: ["\(.program) store verify data/store"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let task = LongTask(terminal)
        let report = try folder.read(task) { path throws(LogStoreError) in
            try LogStore.verify(path, progress: task.goesOn)
        }
        guard let report else {
            return try task.end(
                "verified a part", again: "nothing was changed",
                facts: arguments.has(.json) ? [] : nil)
        }
        let isJSON = arguments.has(.json)
        if !isJSON {
            for damage in report.damages { try terminal.print("\(damage.text)\n") }
        }
        let files = Words.count(report.segments, "segment") + ", " + Words.count(report.runs, "run")
        let size =
            "\(Words.count(report.records, "record")), \(Words.bytes(report.bytes)), \(files)"
        let result =
            report.isSound ? "sound" : "damaged in \(Words.count(report.damages.count, "place"))"
        let facts: [(String, JSON)] = [
            ("sound", JSON(report.isSound)), ("records", JSON(report.records)),
            ("bytes", JSON(report.bytes)), ("segments", JSON(report.segments)),
            ("runs", JSON(report.runs)),
            ("damages", try JSON(array: report.damages.map { try $0.facts })),
        ]
        let code = try task.end(
            "\(folder.path) is \(result): verified \(size)", again: "", facts: isJSON ? facts : nil)
        if !report.isSound, !isJSON {
            terminal.note(
                report.segments == 0
                    ? "  no segment is left in the folder: restore a backup"
                    : "  `\(folder.program) store repair \(folder.path) NEW` saves the rest into a new store"
            )
        }
        return report.isSound ? code : .worst([code, .failed])
    }
}
