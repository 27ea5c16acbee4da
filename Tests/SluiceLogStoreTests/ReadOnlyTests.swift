import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// A store that is opened for reading only, beside an owner who goes on working.
@Suite struct ReadOnlyTests {
    private static let options = LogStore.Options(
        sync: .never, memoryBytes: 1 << 20, segmentBytes: 64 << 10)

    private static var readOnly: LogStore.Options {
        var options = options
        options.isReadOnly = true
        return options
    }

    private static func value(_ number: Int) -> [UInt8] {
        Array("\(number)".utf8) + [UInt8](repeating: 7, count: 200)
    }

    @Test func nothingIsWritten() throws {
        let folder = TemporaryFolder()
        #expect(throws: LogStoreError.self) {
            try LogStore.openAndWait(folder.path + "/none", options: Self.readOnly)
        }
        #expect(throws: LogStoreError.self) {
            try LogStore.openAndWait(folder.path, options: Self.readOnly)
        }
        #expect(folder.names == [])
        let disk = SimulatedDisk()
        var run = SimulatedStore()
        do {
            let store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            for step in Workload(seed: 4, count: 50).steps { try run.perform(step, store) }
            try store.flush()
            for step in Workload(seed: 5, count: 10).steps { try run.perform(step, store) }
        }
        for survival in [SimulatedDisk.Survival.all, .none, .some] {
            let copy = disk.survivor(survival, seed: 1)
            let before = copy.fileNames.map { copy.content($0) }
            var options = run.options
            options.isReadOnly = true
            let store = LogStore(
                engine: try Engine.open(
                    "/db", options: options, environment: Environment(fileSystem: copy)))
            #expect(try run.match(store, run.candidates) != nil)
            guard
                case .failure(.readOnly) = store.writeAndWait([
                    LogStore.Write([.delete(collection: Workload.collection, key: [1])])
                ])[0]
            else {
                Issue.record("a write was taken")
                return
            }
            #expect(throws: LogStoreError.self) { try store.flush() }
            #expect(throws: LogStoreError.self) { try store.compact() }
            try store.close()
            #expect(copy.operations == 0)
            #expect(copy.fileNames.map { copy.content($0) } == before)
        }
    }

    /// The owner writes, flushes, compacts, closes and opens again; whoever looks meanwhile sees a
    /// whole state, and a later one each time.
    @Test func aReaderSeesAWholeStateWhateverTheOwnerDoes() throws {
        let folder = TemporaryFolder()
        do {
            let store = try LogStore.openAndWait(folder.path, options: Self.options)
            try store.declare(collections: ["c"])
            Self.write(store, 0)
        }
        let isDone = Monitor(false)
        let thread = SystemThread {
            var number = 1
            while !isDone.withLock({ $0 }) {
                guard let store = try? LogStore.openAndWait(folder.path, options: Self.options)
                else {
                    Issue.record("the owner cannot open its store")
                    return
                }
                for step in 0..<1500 {
                    Self.write(store, number)
                    number += 1
                    if step % 200 == 50 { try? store.flush() }
                    if step % 300 == 299 { try? store.compact() }
                }
                try? store.close()
            }
        }
        let owner = try #require(thread)
        defer { owner.join() }
        defer { isDone.change { $0 = true } }
        var newest: Int64 = 0
        for round in 0..<150 {
            let store = try LogStore.openAndWait(folder.path, options: Self.readOnly)
            #expect(store.recoveryReport.damages == [])
            #expect(store.revision >= newest)
            newest = store.revision
            let one = try store.get("c", Array("one".utf8))
            let page = try store.find("c", LogStore.Find())
            #expect(one?.value == page.records.first { $0.key == Array("two".utf8) }?.value)
            #expect(page.records.count <= 42)
            try store.close()
            if round % 10 == 0 {
                #expect(try LogStore.verify(folder.path).damages == [])
            }
        }
    }

    /// Part of a group is read before its owner writes it, and the rest with whole groups behind it
    /// after that.
    ///
    /// With small segments the owner begins others meanwhile, which the ones before tell of.
    @Test(arguments: [true, false], [16 << 10, 5 << 10])
    func aGroupThatIsWrittenWhileItIsReadIsNoDamage(verifies: Bool, segmentBytes: Int) throws {
        var number = 0
        while try look(
            besideWritesBeforeStep: number, verifies: verifies, segmentBytes: segmentBytes)
        { number += 1 }
        #expect(number > 10)
    }

    /// Gives whether there was such a step.
    private func look(
        besideWritesBeforeStep number: Int, verifies: Bool, segmentBytes: Int
    ) throws -> Bool {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(segmentBytes: segmentBytes))
        try store.declare(collections: ["c"])
        for key in 0..<20 { try store.set("key \(key)") }
        let steps = Monitor(0)
        let files = SteppingFiles(base: PosixFileSystem(), pieceBytes: 1000) {
            let step = steps.withLock { steps in
                steps += 1
                return steps - 1
            }
            guard step == number else { return }
            for key in 0..<3 { try? store.set("key \(key)", 2, count: 700) }
        }
        let environment = Environment(fileSystem: files)
        if verifies {
            let report = try LogStore.verify(folder.path, environment)
            #expect(report.damages == [], "before step \(number)")
        } else {
            let reader = LogStore(
                engine: try Engine.open(
                    folder.path, options: Self.readOnly, environment: environment))
            #expect(!reader.tells(), "before step \(number)")
        }
        try store.close()
        return steps.withLock { $0 } > number
    }

    private static func write(_ store: LogStore, _ number: Int) {
        let value = value(number)
        _ = store.writeAndWait([
            LogStore.Write([
                .put(collection: "c", key: Array("one".utf8), value: value),
                .put(collection: "c", key: Array("two".utf8), value: value),
                .put(collection: "c", key: Array("k\(number % 40)".utf8), value: value),
            ])
        ])
    }
}
