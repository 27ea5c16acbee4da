import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension Command {
    private static let count = Option.flag(
        "count", "Count the records of each collection, which reads all keys")

    /// `sluice store stats`.
    static let storeStats = Command(
        name: "stats",
        summary: "Say how large a store is and what is in it",
        discussion: """
            Live bytes are what counts against a flow's maxSizeMB: 32 bytes, the key and the value of
            each record. A MB has 1,048,576 bytes. What is kept of what was replaced is what the last
            owner asked for, such as a flow's keepRevisions and keepHours.
            """,
        operands: [StoreFolder.operand],
        options: [count] + StoreFolder.reading + [.json],
        examples: ["\(.program) store stats data/store --count"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        return try await folder.use(.reading) { store in
            let statistics = store.statistics
            var collections: [(name: String, records: Int?)] =
                store.collections.map { ($0, nil) }
            if arguments.has(count) {
                let task = LongTask(terminal)
                collections = try records(of: store, statistics.records, task)
                guard !task.isInterrupted else {
                    return try task.end(
                        "counted a part", again: "nothing was changed",
                        facts: arguments.has(.json) ? [] : nil)
                }
                task.hide()
            }
            if arguments.has(.json) {
                try terminal.print(
                    facts: try facts(folder.path, store, statistics, collections))
            } else {
                try terminal.print(.lines(text(folder.path, store, statistics, collections)))
            }
            return .success
        }
    }

    /// Counts the records of each collection.
    private static func records(
        of store: LogStore, _ total: Int, _ task: LongTask
    ) throws(LogStoreError) -> [(name: String, records: Int?)] {
        var done = 0
        var collections: [(name: String, records: Int?)] = []
        for name in store.collections {
            let before = done
            var scan = try CollectionScan(store, name, LogStore.Find(keysOnly: true))
            while !scan.isFinished, !task.isInterrupted {
                done += try scan.next().records.count
                task.show(LongTask.Status(count: done, done: done, total: total))
            }
            collections.append((name, done - before))
        }
        return collections
    }

    private static func text(
        _ path: String, _ store: LogStore, _ statistics: LogStore.Statistics,
        _ collections: [(name: String, records: Int?)]
    ) -> String {
        var table = Table()
        table.add(["store", path])
        table.add(["records", statistics.records.grouped])
        table.add(["live", Words.bytes(statistics.liveBytes)])
        table.add([
            "on disk",
            "\(Words.bytes(statistics.totalBytes)) in \(Words.count(statistics.segments, "segment"))",
        ])
        let runs = "\(Words.bytes(statistics.runBytes)) in \(Words.count(statistics.runs, "run"))"
        table.add(["index", runs])
        table.add(["revision", Int(statistics.revision).grouped])
        table.add(["history", "since revision \(Int(store.horizon).grouped)"])
        table.add(["keeps", store.keptHistory.text])
        table.add(["tombstones", statistics.tombstones.grouped])
        let report = store.recoveryReport
        table.add([
            "damage", report.damages.isEmpty ? "none" : Words.count(report.damages.count, "place"),
        ])
        guard !collections.isEmpty else { return table.text + "no collections\n" }
        var list = Table(rightAligned: [1])
        let isCounted = collections.contains { $0.records != nil }
        list.add(["COLLECTION"] + (isCounted ? ["RECORDS"] : []))
        for collection in collections {
            list.add([collection.name] + (collection.records.map { [$0.grouped] } ?? []))
        }
        return table.text + "\n" + list.text
    }

    private static func facts(
        _ path: String, _ store: LogStore, _ statistics: LogStore.Statistics,
        _ collections: [(name: String, records: Int?)]
    ) throws -> [(String, JSON)] {
        let list = try collections.map { collection in
            try JSON(
                object: [("name", JSON(collection.name))]
                    + (collection.records.map { [("records", JSON($0))] } ?? []))
        }
        return [
            ("path", JSON(path)), ("records", JSON(statistics.records)),
            ("liveBytes", JSON(statistics.liveBytes)), ("diskBytes", JSON(statistics.totalBytes)),
            ("segments", JSON(statistics.segments)), ("indexBytes", JSON(statistics.runBytes)),
            ("runs", JSON(statistics.runs)), ("revision", JSON(Int(statistics.revision))),
            ("horizon", JSON(Int(store.horizon))),
            ("keepRevisions", store.keptHistory.revisions.map { JSON($0) } ?? .null),
            ("keepHours", store.keptHistory.hours.map { JSON($0) } ?? .null),
            ("tombstones", JSON(statistics.tombstones)),
            ("damages", JSON(store.recoveryReport.damages.count)),
            ("collections", try JSON(array: list)),
        ]
    }
}
