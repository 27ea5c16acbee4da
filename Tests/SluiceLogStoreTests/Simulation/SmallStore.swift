import SluiceStoreTesting

@testable import SluiceLogStore

/// What tests need of a small store, in few words.
extension SimulatedDisk {
    /// Opens the store on this disk, without threads, with one collection.
    func store(
        sync: LogStore.Sync = .always, segmentBytes: Int = 8192, cap: Int = 1 << 20,
        keepRevisions: Int? = 0, keepHours: Int? = nil, isInline: Bool = true,
        identity: UInt8 = 1, clock: ManualClock = ManualClock(), memtableBytes: Int? = nil,
        hasCollection: Bool = true
    ) throws -> LogStore {
        let options = LogStore.Options(
            maximumLiveBytes: cap, sync: sync, isInline: isInline, clock: { clock.now },
            keepRevisions: keepRevisions, keepHours: keepHours, segmentBytes: segmentBytes)
        var limits = Limits(options)
        if let memtableBytes { limits.memtableBytes = memtableBytes }
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: self,
                    newIdentity: {
                        StoreIdentity(bytes: [UInt8](repeating: identity, count: 16))
                    }, limits: limits)))
        if hasCollection, store.collections.isEmpty { try store.declare(collections: ["c"]) }
        return store
    }

    /// Whether opening the store as its owner, or a look at every key of it, tells that something is
    /// wrong.
    func tells() throws -> Bool {
        do {
            return try store().tells()
        } catch LogStoreError.corrupt {
            return true
        }
    }

    /// The disk as a process that dies leaves it, the machine staying up.
    var afterKill: SimulatedDisk { survivor(.all, seed: 0) }

    /// The disk after a power loss that took everything that was not synced.
    var afterPowerLoss: SimulatedDisk { survivor(.none, seed: 0) }

    var segmentNames: [String] { fileNames.filter { $0.hasSuffix(".seg") } }

    /// Changes the bytes of a file.
    func damage(_ name: String, _ change: (inout [UInt8]) -> Void) {
        var bytes = content(name)
        change(&bytes)
        setContent(name, bytes)
    }
}

extension LogStore {
    func set(_ key: String, _ byte: UInt8 = 1, count: Int = 100) throws {
        try putAndWait("c", Array(key.utf8), [UInt8](repeating: byte, count: count))
    }

    func remove(_ key: String) throws {
        try deleteAndWait("c", Array(key.utf8))
    }

    /// The byte that the value of a key consists of, or nil for an absent key.
    func byte(_ key: String) throws -> UInt8? {
        try get("c", Array(key.utf8))?.value.first
    }

    /// All keys with the byte of each.
    func all() throws -> [String: UInt8] {
        var found: [String: UInt8] = [:]
        for record in try find("c", Find()).records {
            found[String(decoding: record.key, as: UTF8.self)] = record.value.first ?? 0
        }
        return found
    }

    /// Whether opening or a look at every key says that something is wrong.
    func tells() -> Bool {
        !recoveryReport.damages.isEmpty || recoveryReport.bytesCut > 0 || (try? all()) == nil
    }
}

/// The code of the error that something ends with, or `done`.
func code(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "done"
    } catch {
        return (error as? LogStoreError)?.code ?? "\(error)"
    }
}
