import SluiceStoreTesting
import SluiceSystem

@testable import SluiceLogStore

/// Opens stores on memory disks, and makes those that fuzzing begins with.
enum StoreSeeds {
    static func open(
        _ disk: MemoryDisk, history: Bool = false, isReadOnly: Bool = false,
        mapsFiles: Bool = false, now: Int64 = 1_000_000
    ) throws(LogStoreError) -> LogStore {
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: .always, isInline: true, clock: { now },
            memoryBytes: 1 << 20, keepRevisions: history ? 100 : 0, isReadOnly: isReadOnly,
            mapsFiles: mapsFiles, segmentBytes: 8192)
        return LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: disk, newIdentity: { HashRepair.identity })))
    }

    /// Folders as owners left them: after a crash, closed, flushed, compacted, with history.
    static func folders() throws -> [[String: [UInt8]]] {
        var folders: [[String: [UInt8]]] = []
        for (history, rounds) in [(false, 1), (false, 3), (true, 2)] {
            let disk = MemoryDisk()
            func keep() throws { folders.append(try files(on: disk)) }
            let store = try open(disk, history: history)
            try store.declare(collections: ["turns", "notes"])
            try keep()
            for round in 0..<rounds {
                try fill(store, round)
                if round == 0 { try keep() }
                try store.flush()
                try keep()
            }
            try store.compact()
            try keep()
            try store.putAndWait("notes", [1], [2])
            try keep()
            try store.close()
            try keep()
        }
        return folders
    }

    /// A disk with these files in the store's folder; what makes one huge has no space.
    static func disk(_ files: [String: [UInt8]], mapsFiles: Bool) -> MemoryDisk {
        let disk = MemoryDisk(mapsFiles: mapsFiles, maximumFileBytes: 64 << 20)
        for (name, bytes) in files { disk["/db/\(name)"] = bytes }
        return disk
    }

    /// The files in the store's folder, by their names.
    private static func files(on disk: MemoryDisk) throws(FileError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try disk.list("/db") { files[name] = disk["/db/\(name)"] }
        return files
    }

    private static func fill(_ store: LogStore, _ round: Int) throws {
        for number in 0..<8 {
            let value = [UInt8](repeating: UInt8(number), count: number * 11)
            try store.putAndWait("turns", Array("turn \(number)".utf8), value)
        }
        try store.putAndWait(
            "notes", Array("kept".utf8), [], timeToLiveSeconds: Int64(3600 * (round + 1)))
        let batch = LogStore.Write([
            .put(collection: "notes", key: [0], value: [0, 255]),
            .put(collection: "notes", key: [255, UInt8(round)], value: [1]),
            .delete(collection: "turns", key: Array("turn \(round + 3)".utf8)),
        ])
        _ = try store.writeAndWait([batch])[0].get()
        _ = store.engine.writer.runAndWait(.cursors([("reader", Int64(round))]))
    }
}
