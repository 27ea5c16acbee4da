import SluiceStoreTesting
import SluiceSystem

@testable import SluiceLogStore

/// A run, whose answers have to agree with each other where `verify` finds nothing wrong.
///
/// The first byte says whether hashes are made right and whether the file is mapped.
enum RunTarget: FuzzTarget {
    static let name = "run"
    private static let id: UInt32 = 7

    static func seeds() throws -> [[UInt8]] {
        var seeds: [[UInt8]] = []
        for shape in 0..<8 {
            let file = MemoryFile()
            let writer = RunWriter(
                file: DiskFile(file), id: id, identity: HashRepair.identity, expectedEntries: 20)
            for (collection, key, entry) in lines(shape) {
                try key.withUnsafeBytes { try writer.append(collection, $0, entry) }
            }
            try writer.finish()
            var bytes = [UInt8](repeating: 0, count: try file.size())
            _ = try file.read(into: &bytes, at: 0)
            seeds.append([UInt8(shape % 4)] + StoreFiles.short(run: bytes))
        }
        return seeds
    }

    private static func lines(_ shape: Int) -> [(UInt16, [UInt8], IndexEntry)] {
        var lines: [(UInt16, [UInt8], IndexEntry)] = []
        for number in 0..<[0, 1, 20, 40, 300, 40, 6, 30][shape] {
            var key = Array("user/\(number / 10 + 10)/msg/\(number + 1000)".utf8)
            if shape == 5 { key += [UInt8](repeating: 97, count: number * 20) }
            if shape == 6 { key = [UInt8](repeating: 98, count: number * 1000) }
            for version in 0..<UInt64(shape == 7 ? 1 + number % 4 * 9 : 1) {
                lines.append((UInt16(2 + number / 200), key, entry(number, 900 - version)))
            }
        }
        return lines
    }

    private static func entry(_ number: Int, _ version: UInt64) -> IndexEntry {
        IndexEntry(
            version: version, created: version - UInt64(number % 3), segment: 1,
            offset: 4096 + number * 100, length: 60 + number,
            expiresAt: number % 7 == 0 ? 2_000_000 : 0, isDead: number % 5 == 0,
            recordFlags: UInt8(number % 4))
    }

    static func run(_ input: [UInt8]) {
        var cut = InputCut(input)
        let mode = cut.byte()
        let bytes = StoreFiles.run(cut.remaining(), id: id, repairs: mode & 1 != 0)
        do throws(LogStoreError) {
            let run = try Run.open(
                file: DiskFile(MemoryFile(bytes, isMapped: mode & 2 != 0)), id: id,
                identity: HashRepair.identity)
            ask(run)
        } catch {
            check(error)
        }
    }

    /// One version of a key.
    private struct Line: Equatable {
        var collection: UInt16
        var key: [UInt8]
        var entry: IndexEntry
    }

    private static func ask(_ run: Run) {
        var isSound = true
        run.verify { error in
            check(error)
            isSound = false
        }
        let upward = lines { run.cursorOverAll() }
        var downward: [Line] = []
        for collection in Set((upward ?? []).map(\.collection)).union([2, .max]).sorted(by: >) {
            let part = lines { () throws(LogStoreError) in
                try run.cursor(collection, from: .unbounded, reverse: true)
            }
            downward += part ?? []
            isSound = isSound && part != nil
        }
        for line in (upward ?? []).prefix(200) {
            let found = line.key.withUnsafeBytes { look(for: $0, line.collection, in: run) }
            require(!isSound || found.contains(line.entry), "a version is not found")
        }
        guard isSound else { return }
        require(upward?.count == run.entryCount, "a walk upward gives other entries")
        require(downward == (upward.map(turned) ?? []), "a walk downward gives other entries")
    }

    /// Keys from the last to the first, versions of each as they were.
    private static func turned(_ lines: [Line]) -> [Line] {
        var turned: [Line] = []
        var group: [Line] = []
        for line in lines.reversed() {
            if let last = group.last, last.key != line.key || last.collection != line.collection {
                turned += group.reversed()
                group = []
            }
            group.append(line)
        }
        return turned + group.reversed()
    }

    private static func lines(
        _ cursor: () throws(LogStoreError) -> RunCursor
    ) -> [Line]? {
        var lines: [Line] = []
        do throws(LogStoreError) {
            let cursor = try cursor()
            while try cursor.next() {
                lines.append(
                    Line(
                        collection: cursor.collection, key: Array(cursor.key),
                        entry: cursor.entry))
            }
            return lines
        } catch {
            check(error)
            return nil
        }
    }

    private static func look(
        for key: UnsafeRawBufferPointer, _ collection: UInt16, in run: Run
    ) -> [IndexEntry] {
        do throws(LogStoreError) {
            let hash = Run.keyHash(collection, key)
            _ = try run.newest(collection, key, hash: hash, atMost: 890)
            let versions = try run.versions(collection, key, hash: hash)
            let newest = try run.newest(collection, key, hash: hash)
            return versions + (newest.map { [$0] } ?? [])
        } catch {
            check(error)
            return []
        }
    }

    private static func check(_ error: LogStoreError) {
        switch error {
        case .corrupt, .unsupportedFormat: break
        default: require(false, "unexpected: \(error)")
        }
    }
}
