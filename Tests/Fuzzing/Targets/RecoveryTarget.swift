import SluiceStoreTesting

@testable import SluiceLogStore

/// A whole folder: opening it, reading, writing, compacting, and opening it again.
///
/// The first byte says whether hashes are made right and how the store is opened.
enum RecoveryTarget: FuzzTarget {
    static let name = "recovery"

    static func seeds() throws -> [[UInt8]] {
        try StoreSeeds.folders().enumerated().map { number, files in
            [UInt8(number % 32)] + StoreFiles.short(folder: files)
        }
    }

    /// How the store is opened.
    private struct Mode {
        let bits: UInt8

        var repairs: Bool { bits & 1 != 0 }
        var keepsHistory: Bool { bits & 2 != 0 }
        var isReadOnly: Bool { bits & 4 != 0 }
        var mapsFiles: Bool { bits & 8 != 0 }
        /// Whether all that expires has expired.
        var isLate: Bool { bits & 16 != 0 }
    }

    static func run(_ input: [UInt8]) {
        var cut = InputCut(input)
        let mode = Mode(bits: cut.byte())
        let files = StoreFiles.folder(&cut, repairs: mode.repairs)
        let disk = StoreSeeds.disk(files, mapsFiles: mode.mapsFiles)
        let wasSound = verify(disk) == []
        guard let store = open(disk, mode) else { return }
        _ = read(store)
        guard !mode.isReadOnly else { return }
        change(store)
        let before = store.recoveryReport.damages.isEmpty ? read(store) : nil
        let isClosed = attempt { () throws(LogStoreError) in try store.close() } != nil
        let damages = verify(disk)
        guard isClosed, let again = open(disk, mode) else {
            return require(!isClosed, "a store that was closed does not open")
        }
        // Bytes that no store wrote may say one thing in one place and another in the next.
        guard !mode.repairs, let before, let after = read(again) else { return }
        require(again.recoveryReport.damages.isEmpty, "a store that was closed is damaged")
        require(before == after, "a store that was closed holds something else")
        require(!wasSound || damages == [], "a closed store does not verify: \(damages ?? [])")
    }

    private static func verify(_ disk: MemoryDisk) -> [LogStore.RecoveryReport.Damage]? {
        attempt { () throws(LogStoreError) in
            try LogStore.verify("/db", Environment(fileSystem: disk)).damages
        }
    }

    private static func open(_ disk: MemoryDisk, _ mode: Mode) -> LogStore? {
        attempt { () throws(LogStoreError) in
            try StoreSeeds.open(
                disk, history: mode.keepsHistory, isReadOnly: mode.isReadOnly,
                mapsFiles: mode.mapsFiles, now: mode.isLate ? RecordFrame.maximumTime : 1_000_000)
        }
    }

    /// Every record, asked for in every way; nil where something cannot be read.
    private static func read(_ store: LogStore) -> [String: [LogStore.Record]]? {
        var contents: [String: [LogStore.Record]] = [:]
        var isWhole = true
        func note<R>(_ result: R?) { isWhole = isWhole && result != nil }
        for name in store.collections {
            let page = attempt { () throws(LogStoreError) in
                try store.find(name, LogStore.Find())
            }
            note(page)
            note(
                attempt { () throws(LogStoreError) in
                    try store.find(name, LogStore.Find(reverse: true, limit: 50))
                })
            for record in page?.records.prefix(10) ?? [] {
                note(attempt { () throws(LogStoreError) in try store.get(name, record.key) })
                note(attempt { () throws(LogStoreError) in try store.history(name, record.key) })
            }
            contents[name] = page?.records
        }
        _ = attempt { () throws(LogStoreError) in try store.changes(after: 0, limit: 100) }
        _ = store.statistics
        return isWhole ? contents : nil
    }

    private static func change(_ store: LogStore) {
        _ = attempt { () throws(LogStoreError) in
            try store.declare(collections: ["turns", "more"])
            try store.putAndWait("turns", Array("turn 2".utf8), [1, 2, 3])
            try store.putAndWait("more", [7], [8], timeToLiveSeconds: 1)
            try store.deleteAndWait("turns", Array("turn 1".utf8))
        }
        _ = attempt { () throws(LogStoreError) in try store.flush() }
        _ = attempt { () throws(LogStoreError) in try store.compact() }
    }

    /// Does something that may find damage or no room.
    private static func attempt<R>(_ body: () throws(LogStoreError) -> R) -> R? {
        do throws(LogStoreError) {
            return try body()
        } catch {
            switch error {
            case .corrupt, .unsupportedFormat, .diskFull, .gone, .poisoned, .invalid: break
            case .io(_, _, 2), .io(_, _, 28): break
            default: require(false, "unexpected: \(error)")
            }
            return nil
        }
    }
}
