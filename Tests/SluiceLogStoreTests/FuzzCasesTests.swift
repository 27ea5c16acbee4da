import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// What fuzzing found: bytes whose hashes are right and which no store writes, and others.
@Suite struct FuzzCasesTests {
    private static let identity = StoreIdentity(bytes: Array(1...16))

    private static func manifest() -> Manifest {
        var manifest = Manifest(store: identity)
        manifest.segments = [
            Manifest.SegmentFile(
                id: 1, kind: .log, isSealed: true, isDamaged: false, bornSequence: 1, previous: 0,
                created: 1, sums: SegmentSums())
        ]
        return manifest
    }

    private static func isDamaged(_ bytes: [UInt8]) -> Bool {
        if case .damaged = Manifest.decode(bytes) { return true }
        return false
    }

    /// The bytes of a manifest whose body is changed and whose hash fits.
    private static func encoded(
        _ manifest: Manifest, _ change: (inout [UInt8]) -> Void
    ) -> [UInt8] {
        let bytes = manifest.encoded()
        var body = Array(bytes[32...])
        change(&body)
        var head = Array(bytes[..<24])
        withUnsafeBytes(of: UInt32(body.count).littleEndian) {
            head.replaceSubrange(12..<16, with: $0)
        }
        let hash = ContentHash.hash(head + body, seed: 0)
        head.append(number: hash)
        return head + body
    }

    @Test(arguments: 0..<7) func sumsThatWouldOverflowAreDamage(number: Int) {
        let paths: [WritableKeyPath<SegmentSums, Int>] = [
            \.records, \.tombstones, \.expiring, \.tombstoneBytes, \.frameBytes, \.liveBytes,
            \.end,
        ]
        var manifest = Self.manifest()
        #expect(!Self.isDamaged(manifest.encoded()))
        manifest.segments[0].sums[keyPath: paths[number]] = 1 << 60
        #expect(Self.isDamaged(manifest.encoded()))
    }

    @Test(arguments: [Int.max, Int.min, 1 << 57])
    func totalsThatWouldOverflowAreDamage(total: Int) {
        var manifest = Self.manifest()
        manifest.totals.liveBytes = total
        #expect(Self.isDamaged(manifest.encoded()))
        manifest.totals = StoreTotals(liveBytes: 0, records: total)
        #expect(Self.isDamaged(manifest.encoded()))
        manifest = Self.manifest()
        let entry = ExpirySums.Entry(
            unit: 1, segment: 1, sum: ExpirySums.Sum(records: 1, bytes: total, charge: 1))
        manifest.expiry = ExpirySums([entry], shift: 0, taken: 0)
        #expect(Self.isDamaged(manifest.encoded()))
    }

    /// Four thousand million of something that is not there took minutes.
    @Test(arguments: [92, 96, 100]) func countsWithoutThingsAreDamage(offset: Int) {
        let bytes = Self.encoded(Manifest(store: Self.identity)) { body in
            body.replaceSubrange(offset..<offset + 4, with: [255, 255, 255, 255])
        }
        #expect(Self.isDamaged(bytes))
    }

    @Test(arguments: 0...47 as ClosedRange<UInt8>)
    func instantsBehindTheEndOfTimeAreLeftOut(shift: UInt8) {
        let entries = [1, RecordFrame.maximumTime >> Int64(shift), RecordFrame.maximumTime].map {
            ExpirySums.Entry(
                unit: $0, segment: 1, sum: ExpirySums.Sum(records: 1, bytes: 2, charge: 3))
        }
        var sums = ExpirySums(entries, shift: shift, taken: 0)
        #expect(sums.entries.allSatisfy { $0.unit <= RecordFrame.maximumTime >> Int64(shift) })
        _ = sums.isDue(at: 0)
        _ = sums.take(at: RecordFrame.maximumTime)
        #expect(sums.entries.isEmpty)
    }

    @Test func aFooterThatCountsMoreThanItsPagesHoldIsRefused() throws {
        var footer = RunFooter(id: 7)
        (footer.leafPageCount, footer.filterPageCount, footer.filterLineCount) = (1, 1, 1)
        (footer.entryCount, footer.keyCount) = (1, 1)
        func decode() throws(LogStoreError) -> RunFooter {
            try RunFooter.decode(
                footer.encoded(Self.identity), page: 2, id: 7, identity: Self.identity)
        }
        #expect(try decode() == footer)
        footer.entryCount = .max
        #expect(throws: LogStoreError.self) { try decode() }
        (footer.entryCount, footer.keyCount) = (1, 2)
        #expect(throws: LogStoreError.self) { try decode() }
    }

    @Test(arguments: [(Int.max, 1), (1, Int.max), (1, Int.max / 2)])
    func aBackupOfMoreThanCanBeCountedIsRefused(number: Int, byteCount: Int) {
        var list = BackupList(store: Self.identity, number: number, revision: 1)
        for name in ["00000001.seg", "00000002.seg"] {
            list.items.append(
                BackupList.Item(name: name, storedName: name, byteCount: byteCount, hash: 1))
        }
        #expect(throws: LogStoreError.self) {
            try BackupList(list.encoded(), path: BackupList.fileName)
        }
    }

    @Test(arguments: ["ffffffff.seg", "ffffffff.run", "fffffff0.seg"])
    func aFileWithTheLastNumberIsRefused(name: String) throws {
        let disk = SimulatedDisk()
        disk.setContent(name, [1])
        let error = #expect(throws: LogStoreError.self) { try SimulatedStore().open(disk) }
        #expect(error?.code == "corrupt")
    }

    @Test func theLastCollectionThatFitsIsDeclared() throws {
        let disk = SimulatedDisk()
        do {
            let store = try SimulatedStore().open(disk)
            let names = (Int(SystemCollection.firstUser)...Int(UInt16.max)).map { "c\($0)" }
            try store.declare(collections: names)
            #expect(throws: LogStoreError.self) { try store.declare(collections: ["more"]) }
            try store.close()
        }
        let store = try SimulatedStore().open(disk)
        #expect(store.collections.count == 65_534)
        #expect(throws: LogStoreError.self) { try store.declare(collections: ["more"]) }
        try store.putAndWait("c65535", [1], [2])
        #expect(try store.get("c65535", [1])?.value == [2])
    }

    @Test(arguments: [0, 1, 1 << 16] as [UInt32])
    func aNameForACollectionOfTheStoresOwnIsPassedOver(number: UInt32) {
        let state = StoreState(keepsHistory: false)
        var value: [UInt8] = []
        value.append(number: number)
        Array("name".utf8).withUnsafeBytes {
            state.applySystem(RecordKind.collection.rawValue, key: $0, value: value)
        }
        #expect(state.collections.isEmpty)
    }

    /// Following such a link took all memory.
    @Test(arguments: [1, 2] as [UInt32]) func aLinkThatLeadsNowhereBackIsDamage(previous: UInt32) {
        var head = SegmentHead(store: Self.identity, id: 1, kind: .log, bornSequence: 1)
        #expect(self.head(head.encoded()) == head)
        head.previous = previous
        #expect(self.head(head.encoded()) == nil)
        var manifest = Self.manifest()
        manifest.segments[0].previous = previous
        #expect(Self.isDamaged(manifest.encoded()))
    }

    /// The search for what a later group promises began at the seal again and again.
    @Test func aSealBetweenRecordsIsPassed() throws {
        let disk = SimulatedDisk()
        let run = SimulatedStore()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        try store.putAndWait(Workload.collection, [1], [1])
        let name = SegmentHead.fileName(1)
        let copy = disk.survivor(.all, seed: 0)
        var bytes = copy.content(name)
        let file = MemoryFile(bytes, isMapped: false)
        let reader = SegmentReader(
            id: 1, file: file, identity: Self.identity,
            limit: bytes.count)
        var end = SegmentHead.byteCount
        while case .group(_, let next) = try reader.group(at: end) { end = next }
        func seed() -> UInt64 { Self.identity.seed(segment: 1, offset: bytes.count) }
        bytes.removeLast(bytes.count - end)
        let seal = SealRecord(SegmentSums(), end: 1)
        bytes += seal.encoded(seed: seed())
        var frame = [UInt8](repeating: 0, count: RecordFrame.byteCount)
        let promise = LogPosition(segment: 1, offset: bytes.count + frame.count)
        let group = GroupFrame(byteCount: 0, lastSequence: 1, synced: promise, time: 1)
        frame.withUnsafeMutableBytes { group.store($0, seed: seed()) }
        bytes += frame
        copy.setContent(name, bytes)
        let again = try run.open(copy)
        #expect(again.recoveryReport.damages.contains { $0.offset == end })
        #expect(try again.get(Workload.collection, [1])?.value == [1])
    }

    private func head(_ bytes: [UInt8]) -> SegmentHead? {
        guard case .head(let head, _) = SegmentHead.decode(bytes) else { return nil }
        return head
    }

    /// What a recovery copies to a new segment counts there and no more where it was.
    @Test(arguments: [true, false])
    func whatRecoveryCopiesCountsOnce(endsWithCursor: Bool) throws {
        let disk = SimulatedDisk()
        let run = SimulatedStore()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        for number in 0..<6 as Range<UInt8> {
            try store.putAndWait(Workload.collection, [number], [number])
        }
        try store.deleteAndWait(Workload.collection, [1])
        if endsWithCursor { _ = store.engine.writer.runAndWait(.cursors([("reader", 3)])) }
        let copy = disk.survivor(.all, seed: 0)
        do {
            let again = try run.open(copy)
            #expect(again.recoveryReport.damages.isEmpty)
            try again.putAndWait(Workload.collection, [7], [7])
            try again.flush()
            try again.close()
        }
        let report = try LogStore.verify(
            "/db", Environment(fileSystem: copy, newIdentity: { Self.identity }))
        #expect(report.damages == [])
    }

    /// A store whose revisions had come to an end was closed, and did not open any more.
    @Test func theLastRevisionIsTheLast() throws {
        let disk = SimulatedDisk()
        do {
            let store = try disk.store()
            try store.set("a")
            try store.flush()
            store.engine.writer.queue.committerBeforeUse.lastSequence =
                RecordFrame.maximumSequence - 2
            try store.set("b")
            try store.set("c")
            #expect(store.revision == Int64.max - 1)
            #expect(throws: LogStoreError.self) { try store.set("d") }
            #expect(throws: LogStoreError.self) { try store.remove("a") }
            try store.declare(collections: ["more"])
            try store.compact()
            try store.close()
        }
        let store = try disk.store()
        #expect(store.recoveryReport.damages == [])
        #expect(try store.all() == ["a": 1, "b": 1, "c": 1])
        #expect(throws: LogStoreError.self) { try store.set("d") }
        try store.compact()
        try store.close()
        #expect(try disk.afterPowerLoss.store().all() == ["a": 1, "b": 1, "c": 1])
    }
}
