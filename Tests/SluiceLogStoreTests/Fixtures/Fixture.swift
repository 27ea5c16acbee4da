import SluiceStoreTesting

@testable import SluiceLogStore

/// The store that is kept for each version of the format.
enum Fixture {
    /// A file of a kept store: its size, and the bytes that are not zero.
    struct File {
        var name: String
        var size: Int
        var parts: [(offset: Int, hex: String)]

        var bytes: [UInt8] {
            var bytes = [UInt8](repeating: 0, count: size)
            for (offset, hex) in parts {
                let digits = Array(hex.utf8)
                for index in 0..<digits.count / 2 {
                    let pair = String(decoding: digits[2 * index...2 * index + 1], as: UTF8.self)
                    bytes[offset + index] = UInt8(pair, radix: 16) ?? 0
                }
            }
            return bytes
        }
    }

    static func key(_ number: Int) -> [UInt8] { Array("turn \(number + 10)".utf8) }

    static func value(_ number: Int, round: Int) -> [UInt8] {
        Array("round \(round) of turn \(number)".utf8)
    }

    static func open(_ disk: SimulatedDisk) throws -> LogStore {
        let options = LogStore.Options(
            sync: .always, isInline: true, clock: { 1_000_000 }, segmentBytes: 8192)
        return LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: disk, newIdentity: { StoreIdentity(bytes: Array(1...16)) })))
    }

    /// Makes the store: overwritten, deleted and expiring records, a batch, a cursor, a compacted
    /// segment and a log segment.
    static func write(to disk: SimulatedDisk) throws {
        let store = try open(disk)
        try store.declare(collections: ["turns", "notes"])
        for round in 0...1 {
            for number in 0..<20 {
                try store.putAndWait("turns", key(number), value(number, round: round))
            }
        }
        try store.putAndWait(
            "notes", Array("kept".utf8), Array("a note".utf8), timeToLiveSeconds: 3600)
        try store.putAndWait("notes", Array("removed".utf8), Array("another".utf8))
        try store.compact()
        let batch = LogStore.Write([
            .put(collection: "notes", key: Array("one".utf8), value: []),
            .put(collection: "notes", key: Array("two".utf8), value: [0, 255]),
            .delete(collection: "notes", key: Array("removed".utf8)),
        ])
        _ = try store.writeAndWait([batch])[0].get()
        try store.setCursorAndWait("reader", 12)
        try store.deleteAndWait("notes", Array("one".utf8))
        try store.deleteAndWait("notes", Array("two".utf8))
        try store.close()
    }
}
