import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// What recovery and the log must not do.
///
/// Each test is the class of a fault that other stores have had; the public reports of it are named
/// as `project#number`.
@Suite struct RecoveryTests {
    /// upspin#463, leveldb#251, Pebble's sync offsets: a later append got to the disk, an earlier
    /// one did not, and everything behind it was dropped in silence.
    @Test func aTornMiddleIsNotMistakenForATornTail() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for (key, byte) in [("a", 0xA1), ("b", 0xB1), ("c", 0xC1)] as [(String, UInt8)] {
            try store.set(key, byte, count: 1000)
        }
        let middle = disk.afterKill
        middle.damage("00000001.seg") { bytes in
            for index in bytes.indices where bytes[index] == 0xB1 { bytes[index] = 0 }
        }
        let damaged = try middle.store()
        #expect(damaged.recoveryReport.damages.map(\.key) == [Array("b".utf8)])
        #expect(damaged.recoveryReport.bytesCut == 0)
        #expect(try damaged.byte("a") == 0xA1)
        #expect(try damaged.byte("c") == 0xC1)
        #expect(throws: LogStoreError.self) { try damaged.byte("b") }

        let tail = disk.afterKill
        tail.damage("00000001.seg") { bytes in
            for index in bytes.indices where bytes[index] == 0xC1 { bytes[index] = 0 }
        }
        let torn = try tail.store()
        #expect(torn.recoveryReport.damages == [])
        #expect(torn.recoveryReport.bytesCut > 0)
        #expect(try torn.all() == ["a": 0xA1, "b": 0xB1])
    }

    /// rocksdb#7701, #12489, #12403, #12918: the end of an older log file was lost, most of all at a
    /// boundary between records, and the newer files were replayed over the hole.
    @Test func aHoleBetweenTwoLogFilesIsSeen() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        try store.set("first")
        // From now on a manifest knows that nothing was compacted.
        try store.flush()
        for number in 0..<40 { try store.set("key \(number)", UInt8(number), count: 500) }
        let names = disk.segmentNames
        try #require(names.count > 3)
        for name in names.dropLast() {
            let gone = disk.afterKill
            gone.setContent(name, nil)
            #expect(try gone.tells(), "\(name) is missing")
            let bytes = disk.content(name)
            let reader = SegmentReader(
                id: try #require(SegmentHead.id(fileName: name)),
                file: try disk.open("/db/" + name, creating: false),
                identity: StoreIdentity(bytes: [UInt8](repeating: 1, count: 16)),
                limit: bytes.count)
            var place = SegmentHead.byteCount
            while case .group(_, let end) = try reader.group(at: place) {
                let cut = disk.afterKill
                cut.setContent(name, Array(bytes[..<place]))
                #expect(try cut.tells(), "\(name) is cut at the boundary \(place)")
                place = end
            }
        }
    }

    /// pebble#580, rocksdb 6.13 and 9.1: what a file held in an earlier life was replayed.
    @Test func staleBytesBehindTheLogAreNotReplayed() throws {
        let disk = SimulatedDisk()
        try { for key in ["a", "b"] { try $0.set(key) } }(disk.store())
        let content = disk.content("00000001.seg")
        let end = (content.lastIndex { $0 != 0 } ?? 0) + 1
        let other = SimulatedDisk()
        try { for key in ["a", "b", "x", "y"] { try $0.set(key) } }(other.store(identity: 2))
        let stale = [
            Array(other.content("00000001.seg")[end...]), Array(content[4096..<end]),
            Array(content[(end + 4096) / 2..<end]),
        ]
        for bytes in stale {
            let copy = disk.afterKill
            copy.setContent("00000001.seg", Array(content[..<end]) + bytes)
            let store = try copy.store()
            #expect(try store.all() == ["a": 1, "b": 1])
            #expect(store.recoveryReport.damages == [])
        }
    }

    /// redb 4.2, rocksdb 7.4, pebble#984, #1212, #1213: recovery itself was not crash-safe.
    @Test(arguments: [LogStore.Sync.always, .every(milliseconds: 1)])
    func aSecondCrashDuringRecoveryLosesNothing(_ sync: LogStore.Sync) throws {
        let disk = SimulatedDisk()
        let clock = ManualClock()
        let store = try disk.store(sync: sync, clock: clock)
        for number in 0..<12 {
            clock.advance(1)
            try store.set("key \(number)", UInt8(number), count: 700)
        }
        // The write in flight is torn.
        disk.expect(SimulatedDisk.Plan(operation: 0, fault: .crash))
        try? store.set("torn", count: 2000)
        let expected = try #require(store.all() as [String: UInt8]?)
        for seed in 0..<8 as Range<UInt64> {
            let crashed = disk.survivor(seed % 2 == 0 ? .some : .all, seed: seed)
            for operation in 0..<14 {
                let again = crashed.afterKill
                again.expect(SimulatedDisk.Plan(operation: operation, fault: .crash))
                _ = try? again.store(sync: sync, clock: clock)
                for survival in SimulatedDisk.Survival.allCases {
                    let third = again.survivor(survival, seed: seed)
                    var found = try third.store(sync: sync, clock: clock).all()
                    found["torn"] = nil
                    #expect(found == expected, "operation \(operation), \(survival)")
                }
            }
        }
    }

    /// TigerBeetle's and pebble#984's case: bytes read from the cache at opening were never on the
    /// device, and decisions were built on them.
    @Test func whatOpeningReadStaysThoughItsSyncHadFailed() throws {
        let disk = SimulatedDisk()
        do {
            let store = try disk.store()
            try store.set("a")
            disk.expect(SimulatedDisk.Plan(operation: 1, fault: .lostSync))
            #expect(throws: LogStoreError.self) { try store.set("b") }
        }
        disk.expect(nil)
        let store = try disk.store()
        let seen = try store.all()
        #expect(seen["a"] == 1)
        try store.set("c")
        var later = try disk.afterPowerLoss.store().all()
        #expect(later.removeValue(forKey: "c") == 1)
        #expect(later == seen)
    }

    /// redb 4.2: the header said that the file had grown, its length had not got to the disk.
    @Test func aFileShorterThanWhatItsHeadPromisesIsNoTrap() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        try store.set("a", 0xA1)
        let end = try #require(disk.content("00000001.seg").lastIndex(of: 0xA1)) + 1
        try store.set("b", 0xB1, count: 1500)
        let bytes = disk.content("00000001.seg")
        for length in end..<end + 1500 {
            let copy = disk.afterKill
            copy.setContent("00000001.seg", Array(bytes[..<length]))
            let store = try copy.store()
            #expect(try store.all() == ["a": 0xA1])
            #expect(store.recoveryReport.damages == [])
        }
        try store.close()
        let closed = disk.content("00000001.seg")
        disk.setContent("00000001.seg", Array(closed[..<end]))
        #expect(try disk.tells())
    }

    /// etcd#16596, bbolt#567, leveldb#189, #604, goleveldb#351: the first opening was cut short.
    @Test func anInterruptedCreationIsDoneAgain() throws {
        for operation in 0..<40 {
            let disk = SimulatedDisk(plan: SimulatedDisk.Plan(operation: operation, fault: .crash))
            let store = try? disk.store()
            try? store?.set("a")
            try? store?.close()
            for survival in SimulatedDisk.Survival.allCases {
                let left = disk.survivor(survival, seed: UInt64(operation))
                let store = try left.store()
                #expect(store.recoveryReport.damages == [])
                try store.set("b")
                #expect(try left.afterPowerLoss.store().byte("b") == 1)
            }
        }
    }

    /// leveldb#195, rocksdb 7.6 and 7.7: a new file was synced, its name was not.
    @Test func newNamesAreOnTheDeviceBeforeWhatTheyHoldIsPromised() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        var expected: [String: UInt8] = [:]
        for number in 0..<60 {
            expected["key \(number % 25)"] = UInt8(number)
            try store.set("key \(number % 25)", UInt8(number), count: 300)
            if number % 10 == 6 { try store.flush() }
            if number % 10 == 8 { try store.compact() }
            let lost = try disk.afterPowerLoss.store()
            #expect(try lost.all() == expected)
            #expect(lost.recoveryReport.damages == [])
        }
    }

    /// sled#1166, #1527, #1533, leveldb#75, #160, #161, bitcask#212, #213, fjall#68: a damaged file
    /// that only helps kept a store from opening.
    @Test func manifestAndRunsMayBeLostOrBeRubbish() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 0..<60 {
            try store.set("key \(number % 25)", UInt8(number), count: 300)
            if number % 20 == 9 { try store.remove("key \(number % 25)") }
            if number % 15 == 6 { try store.flush() }
        }
        let expected = try store.all()
        try store.close()
        let auxiliary = disk.fileNames.filter { !$0.hasSuffix(".seg") }
        try #require(auxiliary.contains { $0.hasSuffix(".run") })
        for name in auxiliary {
            let bytes = disk.content(name)
            let others: [[UInt8]?] = [
                nil, [], [0], [UInt8](repeating: 255, count: bytes.count),
                [UInt8](repeating: 0, count: bytes.count), Array(bytes.dropLast()),
                Array(bytes[..<(bytes.count / 2)]), bytes + [1],
            ]
            for other in others {
                let copy = disk.afterKill
                copy.setContent(name, other)
                let store = try copy.store()
                #expect(try store.all() == expected, "\(name)")
                try store.close()
                #expect(try copy.store().recoveryReport.damages == [], "\(name)")
            }
        }
        for name in auxiliary { disk.setContent(name, nil) }
        #expect(try disk.store().all() == expected)
    }

    /// rocksdb#5379, #4990: a manifest whose sync failed came back later and named other files.
    @Test func theBytesOfAFailedManifestDoNoHarmWhenTheyAppearLater() throws {
        for fault in [SimulatedDisk.Plan.Fault.error(5), .lostSync, .shortWrite(5)] {
            for operation in 0..<40 {
                let disk = SimulatedDisk()
                let store = try disk.store()
                for number in 0..<30 { try store.set("key \(number % 7)", UInt8(number)) }
                disk.expect(SimulatedDisk.Plan(operation: operation, fault: fault))
                try? store.flush()
                try? store.compact()
                disk.expect(nil)
                try? store.set("key 1", 77)
                let expected = try store.all()
                for survival in SimulatedDisk.Survival.allCases {
                    let left = disk.survivor(survival, seed: UInt64(operation))
                    let later = try left.store()
                    #expect(later.recoveryReport.damages == [])
                    #expect(try later.all() == expected, "\(fault) at \(operation), \(survival)")
                }
            }
        }
    }

    /// badger#434, #744, #1353, kubo#5275, venus#2162: after an ordinary crash, or for want of
    /// space, the store opened only with a flag.
    @Test func aStoreOpensAfterAnyCrashAlsoWhereThereIsNoSpace() throws {
        let disk = SimulatedDisk(capacity: 40_000)
        let store = try disk.store()
        var stored = 0
        while (try? store.set("key \(stored)", count: 900)) != nil { stored += 1 }
        #expect(stored > 10)
        let expected = try store.all()
        for survival in SimulatedDisk.Survival.allCases {
            let left = disk.survivor(survival, seed: 1)
            left.setCapacity(left.usedBytes)
            let later = try left.store()
            #expect(later.recoveryReport.damages == [])
            #expect(try later.all() == expected)
            // The room of one more segment is enough to go on.
            left.setCapacity(left.usedBytes + 8192)
            try later.remove("key 0")
            #expect(try left.afterPowerLoss.store().byte("key 0") == nil)
        }
    }

    /// fjall#241, #112, lsm-tree#286: a collection that was emptied was full again after a restart,
    /// or what was written afterwards was gone.
    @Test func emptyingACollectionIsInTheLog() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 0..<30 { try store.set("key \(number)", count: 300) }
        try store.flush()
        let operations = (0..<30).map { number in
            LogStore.Write.Operation.delete(collection: "c", key: Array("key \(number)".utf8))
        }
        _ = try store.writeAndWait([LogStore.Write(operations)])[0].get()
        try store.set("key 3", 3)
        for left in [disk.afterKill, disk.afterPowerLoss] {
            for losesManifest in [false, true] {
                if losesManifest { left.setContent(Manifest.fileName, nil) }
                let later = try left.store()
                #expect(later.collections == ["c"])
                #expect(try later.all() == ["key 3": 3])
                try later.compact()
                try later.close()
                #expect(try left.store().all() == ["key 3": 3])
            }
        }
    }
}
