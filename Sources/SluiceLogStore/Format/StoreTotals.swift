/// Sums over the whole store.
struct StoreTotals: Hashable, Sendable {
    /// Bytes that count against the cap.
    var liveBytes = 0
    /// Live records.
    var records = 0
}
