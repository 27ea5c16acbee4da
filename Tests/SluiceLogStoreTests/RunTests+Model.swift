import SluiceStoreTesting
import SluiceSystem

@testable import SluiceLogStore

/// Entries of runs, sorted, and what runs must answer about them.
struct RunModel {
    struct Line: Equatable, Comparable {
        var collection: UInt16
        var key: [UInt8]
        var entry: IndexEntry

        static func < (a: Line, b: Line) -> Bool {
            if a.collection != b.collection { return a.collection < b.collection }
            if a.key != b.key { return a.key.lexicographicallyPrecedes(b.key) }
            return a.entry.version > b.entry.version
        }
    }

    var lines: [Line] = []

    static let identity = StoreIdentity(bytes: Array(1...16))

    /// Keys of many shapes: prefixes of each other, long common prefixes, empty, huge.
    static func key(_ random: inout SplitMix) -> [UInt8] {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            return (0..<Int.random(in: 0...3, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        case 1:
            return [UInt8](repeating: 97, count: Int.random(in: 0...40, using: &random))
        case 2:
            return Array("a common prefix longer than eight bytes/".utf8)
                + [UInt8.random(in: 0...255, using: &random)]
        case 3:
            return (0..<Int.random(in: 1...6, using: &random)).map { _ in
                UInt8.random(in: 0...2, using: &random)
            }
        case 4 where random.one(in: 60):
            return [UInt8](repeating: 98, count: 32_768 - Int.random(in: 0...2, using: &random))
        case 4 where random.one(in: 4):
            return (0..<Int.random(in: 100...5000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        default:
            let user = Int.random(in: 0..<20, using: &random)
            let turn = Int.random(in: 0..<300, using: &random)
            return Array("user/\(String(user, radix: 2))/msg/\(turn)".utf8)
        }
    }

    static func entry(_ version: UInt64, _ random: inout SplitMix) -> IndexEntry {
        IndexEntry(
            version: version,
            created: random.one(in: 3) ? version : UInt64.random(in: 1...version, using: &random),
            segment: UInt32.random(in: 1...4, using: &random),
            offset: Int.random(in: 4096...60_000_000, using: &random),
            length: Int.random(in: 44...2000, using: &random),
            expiresAt: random.one(in: 5) ? Int64.random(in: 0..<1 << 47, using: &random) : 0,
            isDead: random.one(in: 6), recordFlags: UInt8.random(in: 0...6, using: &random))
    }

    /// Lines with different keys in a few collections; some keys with several versions.
    static func random(_ count: Int, _ random: inout SplitMix) -> RunModel {
        let collections: [UInt16] = [0, 2, 2, 2, 3, 300, .max]
        var lines: [Line] = []
        var names: Set<KeyName> = []
        while lines.count < count {
            let name = KeyName(
                collection: collections[Int.random(in: 0..<7, using: &random)],
                key: key(&random))
            guard names.insert(name).inserted else { continue }
            var versions = random.one(in: 5) ? Int.random(in: 1...5, using: &random) : 1
            if random.one(in: 300) { versions = 700 }
            var version = UInt64.random(in: 800...1 << 40, using: &random)
            for _ in 0..<versions {
                lines.append(
                    Line(
                        collection: name.collection, key: name.key,
                        entry: entry(version, &random)))
                version -= random.one(in: 3) ? UInt64.random(in: 1...version, using: &random) : 1
                if version == 0 { break }
            }
        }
        return RunModel(lines: lines.sorted())
    }

    func write(_ file: any File, id: UInt32 = 7) throws {
        let writer = RunWriter(
            file: file, id: id, identity: Self.identity, expectedEntries: lines.count)
        for line in lines {
            try line.key.withUnsafeBytes { try writer.append(line.collection, $0, line.entry) }
        }
        try writer.finish()
    }

    func run(id: UInt32 = 7, isMapped: Bool) throws -> Run {
        let file = MemoryFile(isMapped: isMapped)
        try write(file, id: id)
        return try Run.open(file: file, id: id, identity: Self.identity)
    }

    func versions(_ collection: UInt16, _ key: [UInt8]) -> [IndexEntry] {
        lines.filter { $0.collection == collection && $0.key == key }.map(\.entry)
    }

    /// What a walk over a collection gives.
    func walk(_ collection: UInt16, _ bound: KeyBound, reverse: Bool) -> [Line] {
        let part = lines.filter { line in
            line.collection == collection
                && line.key.withUnsafeBytes { bound.contains($0, isLower: !reverse) }
        }
        guard reverse else { return part }
        // Keys downward, versions of each still newest first.
        return part.sorted { a, b in
            a.key == b.key
                ? a.entry.version > b.entry.version : b.key.lexicographicallyPrecedes(a.key)
        }
    }
}

extension Run {
    func newest(_ collection: UInt16, _ key: [UInt8], atMost: UInt64 = .max) throws -> IndexEntry? {
        try key.withUnsafeBytes {
            try newest(collection, $0, hash: Run.keyHash(collection, $0), atMost: atMost)
        }
    }

    func versions(_ collection: UInt16, _ key: [UInt8]) throws -> [IndexEntry] {
        try key.withUnsafeBytes {
            try versions(collection, $0, hash: Run.keyHash(collection, $0))
        }
    }

    func walk(
        _ collection: UInt16, _ bound: KeyBound, reverse: Bool
    ) throws -> [RunModel.Line] {
        let result = bound.withBound { bound in
            Result { try cursor(collection, from: bound, reverse: reverse) }
        }
        return try RunModel.lines(result.get())
    }
}

extension RunModel {
    /// All that a cursor still gives.
    static func lines(_ cursor: RunCursor) throws -> [Line] {
        var lines: [Line] = []
        while try cursor.next() {
            lines.append(
                Line(
                    collection: cursor.collection, key: Array(cursor.key), entry: cursor.entry))
        }
        return lines
    }
}
