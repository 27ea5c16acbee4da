import Testing

@testable import SluiceStore

extension SimulatedStore {
    /// Counts everything anew and compares with the sums that the store tells.
    func checkStatistics(_ store: LogStore, _ documents: [[UInt8]: Model.Document]) -> Bool {
        let statistics = store.statistics
        return statistics.liveBytes == Model.charge(documents)
            && statistics.records == documents.count && statistics.revision == store.revision
            && statistics.totalBytes >= statistics.liveBytes
    }

    /// Counts everything anew, segment by segment, and compares with the sums that the store keeps.
    func checkSums(_ store: LogStore) throws {
        #expect(checkStatistics(store, try contents(store)))
        store.engine.shared.read { state in
            var (live, dead): ([UInt32: Int], [UInt32: Int]) = ([:], [:])
            var tombstones = 0
            for collection in 0..<UInt16(8) {
                var walk = state.index.walk(collection, from: .unbounded, reverse: false)
                while let leaf = walk?.next() {
                    let entry = leaf.entry
                    #expect(state.segments[entry.segment] != nil)
                    if entry.isDead {
                        dead[entry.segment, default: 0] += Int(entry.length)
                        tombstones += 1
                    } else {
                        live[entry.segment, default: 0] += Int(entry.length)
                    }
                }
            }
            #expect(tombstones == state.tombstones)
            for segment in state.segments.values {
                #expect(segment.liveBytes == live[segment.id] ?? 0)
                #expect(segment.tombstoneBytes == dead[segment.id] ?? 0)
            }
        }
    }
}
