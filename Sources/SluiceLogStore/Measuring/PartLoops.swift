/// Loops over single parts of the store, for `sluice-bench --micro` to time.
///
/// They lie in this module because a call from another one costs more than some of these parts.
/// Each gives a number that depends on all of its work.
package enum PartLoops {
    static let identity = StoreIdentity(
        bytes: [UInt8](repeating: 7, count: StoreIdentity.byteCount))

    /// Hashes the same bytes again and again.
    package static func hash(_ bytes: [UInt8], rounds: Int) -> Int {
        var seed: UInt64 = 0
        for _ in 0..<rounds { seed = ContentHash.hash(bytes, seed: seed) }
        return Int(truncatingIfNeeded: seed)
    }

    /// Encodes groups with a record for each key; gives the bytes of all of them.
    package static func encode(keys: [[UInt8]], value: [UInt8], rounds: Int) -> Int {
        var buffer = GroupBuffer()
        defer { buffer.free() }
        var sum = 0
        for round in 0..<rounds {
            buffer.reset()
            buffer.begin(
                GroupFrame(
                    byteCount: keys.count * (RecordFrame.byteCount + value.count),
                    lastSequence: UInt64(round), synced: .start, time: 1),
                seed: identity.seed(segment: 1, offset: 0))
            for key in keys {
                var frame = RecordFrame()
                frame.kind = RecordKind.put.rawValue
                frame.collection = SystemCollection.firstUser
                frame.keyLength = key.count
                frame.valueLength = value.count
                frame.sequence = UInt64(round)
                buffer.append(
                    frame, time: 0, created: 0, key: key, value: value,
                    seed: identity.seed(segment: 1, offset: buffer.byteCount))
            }
            buffer.finish()
            sum += buffer.byteCount
        }
        return sum
    }

    /// The index in memory, filled and searched by arrays of keys.
    package final class MemoryIndex {
        private let index = KeyIndex()

        package init() {}

        /// Sets an entry for each key; gives how many were new.
        package func insert(_ keys: [[UInt8]]) -> Int {
            var new = 0
            for (number, key) in keys.enumerated() {
                let entry = IndexEntry(
                    version: UInt64(number), created: UInt64(number), segment: 1, offset: number,
                    length: 100, expiresAt: 0, isDead: false, recordFlags: 0)
                let (_, old) = key.withUnsafeBytes {
                    index.update(SystemCollection.firstUser, $0, entry) { _ in true }
                }
                if old == nil { new += 1 }
            }
            return new
        }

        /// Looks for each key; gives how many there are.
        package func find(_ keys: [[UInt8]]) -> Int {
            keys.reduce(0) { sum, key in
                let entry = key.withUnsafeBytes { index.entry(SystemCollection.firstUser, $0) }
                return sum + (entry == nil ? 0 : 1)
            }
        }

        /// Goes through all keys in order; gives how many there are.
        package func walk() -> Int {
            var walk = index.walk(SystemCollection.firstUser, from: .unbounded, reverse: false)
            var count = 0
            while walk?.next() != nil { count += 1 }
            return count
        }
    }
}
