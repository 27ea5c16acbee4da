import SluiceLogStore
import SluiceStoreTesting
import Testing

/// A store on other files than the operating system's, through the public door.
@Suite struct OtherFilesTests {
    private let options = LogStore.Options(isInline: true)

    private func fill(_ store: LogStore) throws {
        try store.declare(collections: ["c"])
        for number in 0..<100 as Range<UInt8> { try store.putAndWait("c", [number], [number]) }
    }

    private func keys(_ store: LogStore) throws -> Int {
        try store.find("c", LogStore.Find()).records.count
    }

    @Test func aStoreLivesInMemory() throws {
        let disk = MemoryDisk()
        let store = try LogStore.openAndWait("/data/store", on: disk, options: options)
        try fill(store)
        try store.close()
        #expect(disk.paths.contains { $0.hasPrefix("/data/store/") })
        let again = try LogStore.openAndWait("/data/store", on: disk, options: options)
        #expect(try keys(again) == 100)
        #expect(throws: LogStoreError.self) {
            var options = options
            options.lockTimeoutMilliseconds = 0
            _ = try LogStore.openAndWait("/data/store", on: disk, options: options)
        }
    }

    @Test func storesInFoldersOfOneDiskHaveNothingInCommon() async throws {
        let disk = MemoryDisk()
        let one = try await LogStore.open("/one", on: disk)
        let two = try await LogStore.open("/two", on: disk)
        try fill(one)
        try two.declare(collections: ["c"])
        #expect(try keys(one) == 100)
        #expect(try keys(two) == 0)
    }

    @Test func careOfAStoreGoesToItsFiles() throws {
        let disk = MemoryDisk()
        try fill(try LogStore.openAndWait("/store", on: disk, options: options))
        #expect(try LogStore.verify("/store", on: disk).damages == [])
        _ = try LogStore.backup("/store", to: "/backup", on: disk)
        _ = try LogStore.restore("/backup", to: "/restored", on: disk)
        _ = try LogStore.repair("/store", to: "/repaired", on: disk)
        for folder in ["/restored", "/repaired"] {
            let store = try LogStore.openAndWait(folder, on: disk, options: options)
            #expect(try keys(store) == 100, "\(folder)")
        }
    }

    @Test(arguments: SimulatedDisk.Survival.allCases)
    func whatWasAcknowledgedSurvivesAPowerLoss(survival: SimulatedDisk.Survival) throws {
        let disk = SimulatedDisk()
        let store = try LogStore.openAndWait("/store", on: disk, options: options)
        try fill(store)
        let left = disk.survivor(survival, seed: 1)
        let next = try LogStore.openAndWait("/store", on: left, options: options)
        #expect(try keys(next) == 100)
    }
}
