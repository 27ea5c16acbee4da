import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// `verify` says nothing of a sound store, whatever state it is in, and names every damage.
@Suite struct VerifyTests {
    private func environment(_ disk: SimulatedDisk) -> Environment {
        Environment(fileSystem: disk, newIdentity: { StoreIdentity(bytes: Array(1...16)) })
    }

    @Test(arguments: 1...Thoroughness.pick(12, ordinarily: 3))
    func aSoundStoreVerifiesAtEveryStep(seed: Int) throws {
        let disk = SimulatedDisk()
        var run = SimulatedStore(
            sync: seed % 2 == 0 ? .always : .never, segmentBytes: seed % 3 == 0 ? 5120 : 8192)
        var store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        let steps = Workload(seed: UInt64(seed), count: 120, reopens: true).steps
        for (number, step) in steps.enumerated() {
            if case .reopen = step {
                try store.close()
                store = try run.open(disk)
            } else {
                try run.perform(step, store)
            }
            if number % 17 == 0 { try store.flush() }
            let report = try LogStore.verify("/db", environment(disk))
            #expect(report.damages == [], "seed \(seed), step \(number)")
            guard report.isSound else { return }
            #expect(report.segments == store.statistics.segments)
            #expect(report.runs == store.statistics.runs)
        }
        #expect(try LogStore.verify("/db", environment(disk)).records > 0)
    }
}

extension VerifyTests {
    /// A finished store of several segments and runs.
    private func finished(_ seed: UInt64) throws -> SimulatedDisk {
        var run = SimulatedStore()
        let disk = SimulatedDisk()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        for (number, step) in Workload(seed: seed, count: 80).steps.enumerated() {
            try run.perform(step, store)
            if number % 30 == 29 { try store.flush() }
        }
        try store.close()
        return disk
    }

    /// What `verify` says of a copy with other bytes in some files.
    private func damages(
        _ disk: SimulatedDisk, _ changes: [String: [UInt8]?]
    ) throws -> [LogStore.RecoveryReport.Damage] {
        let copy = disk.survivor(.all, seed: 0)
        for (name, bytes) in changes { copy.setContent(name, bytes) }
        do throws(LogStoreError) {
            return try LogStore.verify("/db", environment(copy)).damages
        } catch {
            guard case .unsupportedFormat(let file, _, _) = error else { throw error }
            return [.init(file: file, offset: 0, message: "\(error)")]
        }
    }

    @Test(arguments: [41, 42] as [UInt64])
    func everyFlippedBitIsNamedWithItsFile(seed: UInt64) throws {
        let disk = try finished(seed)
        #expect(try damages(disk, [:]) == [])
        for name in disk.fileNames {
            let bytes = disk.content(name)
            let step = Thoroughness.pick(61, ordinarily: 127) * (name.hasSuffix(".run") ? 4 : 1)
            for place in stride(from: 0, to: bytes.count, by: step) {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(place % 8)
                let found = try damages(disk, [name: damaged])
                #expect(
                    found.contains { $0.file.hasSuffix(name) }, "seed \(seed), \(name), \(place)")
                guard found.contains(where: { $0.file.hasSuffix(name) }) else { return }
            }
        }
    }

    @Test func bytesBehindACompactedSegmentAreNamed() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 0..<60 { try store.set("key \(number % 20)", count: 900) }
        try store.compact()
        let compacted = store.engine.shared.read { state in
            state.segments.values.filter { $0.kind == .compacted }.map(\.fileName)
        }
        try #require(!compacted.isEmpty)
        try store.close()
        for name in compacted {
            let bytes = disk.content(name)
            let found = try damages(disk, [name: bytes + [0, 0, 1]])
            #expect(found.map(\.file) == [name])
            #expect(found.map(\.offset) == [bytes.count])
            #expect(try damages(disk, [name: bytes + [0, 0, 0]]) == [])
        }
    }

    @Test(arguments: [51, 52] as [UInt64])
    func missingSwappedAndCutFilesAreNamed(seed: UInt64) throws {
        let disk = try finished(seed)
        let names = disk.fileNames
        for name in names {
            #expect(
                try damages(disk, [name: nil]).contains { $0.file.hasSuffix(name) }, "\(name)")
            for other in names where other != name && other.suffix(4) == name.suffix(4) {
                #expect(
                    try !damages(disk, [name: disk.content(other), other: disk.content(name)])
                        .isEmpty, "\(name), \(other)")
            }
            let bytes = disk.content(name)
            for count in stride(from: 0, to: bytes.count, by: 401) {
                #expect(
                    try damages(disk, [name: Array(bytes[..<count])]).contains {
                        $0.file.hasSuffix(name)
                    }, "\(name) cut to \(count)")
            }
        }
    }

    @Test func aDamagedValueIsNamedWithItsKeyAndTheRestIsRead() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path, options: LogStore.Options(sync: .never))
        try store.declare(collections: ["c"])
        for number in 0..<100 {
            try store.putAndWait(
                "c", Array("k\(number)".utf8), [UInt8](repeating: UInt8(number), count: 100))
        }
        try store.flush()
        try store.close()
        let path = folder.path + "/00000001.seg"
        let bytes = try #require(try PosixFileSystem().contents(path))
        var damaged = bytes
        let places = [40, 70].compactMap { byte in
            bytes.indices.first { bytes[$0...].starts(with: [UInt8](repeating: byte, count: 100)) }
        }
        for place in places { damaged[place + 3] ^= 1 }
        try BackupTests.write(damaged, path)
        let report = try LogStore.verify(folder.path)
        #expect(report.damages.map(\.key) == [Array("k40".utf8), Array("k70".utf8)])
        #expect(report.records == 99)
        #expect(throws: LogStoreError.self) {
            try LogStore.backup(folder.path, to: TemporaryFolder().path)
        }
    }
}
