import SluiceSystem
import Testing

@testable import SluiceLogStore

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
        try store.engine.shared.read { state in
            var live: [UInt32: Int] = [:]
            for collection in 0..<UInt16(8) {
                var cursor = try LayerCursor(
                    state.layers, collection, from: .unbounded, reverse: false, revision: .max,
                    lock: nil)
                while let (_, entry) = try cursor.next() {
                    guard !entry.isDead, !state.expiry.hasTaken(entry.expiresAt) else { continue }
                    #expect(state.segments[entry.segment] != nil)
                    live[entry.segment, default: 0] += Int(entry.length)
                }
            }
            for segment in state.segments.values {
                #expect(segment.sums.liveBytes == live[segment.id] ?? 0)
            }
        }
    }
}
