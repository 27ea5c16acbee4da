extension StoreState {
    /// The oldest revision that can be read.
    var keptHorizon: UInt64 {
        keepsHistory ? horizon : revision
    }

    /// The oldest revision that has to be kept.
    func wantedHorizon(now: Int64) -> UInt64 {
        guard keepsHistory else { return revision }
        var horizon = UInt64.max
        if retention.revisions > 0 {
            let kept = UInt64(retention.revisions)
            horizon = revision > kept ? revision - kept : 0
        }
        if retention.hours > 0 {
            let (kept, isEver) = retention.hours.multipliedReportingOverflow(by: 3_600_000)
            let cutoff = isEver ? 0 : now - Int64(clamping: kept)
            // All before a log segment's first record was written before the segment was made.
            let born =
                segments.values.filter { $0.kind == .log && $0.created <= cutoff }
                .map(\.bornSequence).max() ?? 1
            horizon = min(horizon, max(born, 1) - 1)
        }
        return max(horizon, self.horizon)
    }
}
