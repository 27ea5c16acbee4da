extension StoreState {
    /// Bytes of all segments.
    var totalBytes: Int {
        segments.values.reduce(0) { $0 + $1.end }
    }

    /// Bytes of records that have to be kept, and bytes that hold none, heads of segments aside.
    func usage(horizon: UInt64) -> (live: Int, waste: Int) {
        var (live, waste) = (0, 0)
        for segment in segments.values {
            let kept = segment.sums.keptBytes(horizon: horizon)
            live += kept
            waste += segment.end - SegmentHead.byteCount - kept
        }
        return (live, waste)
    }
}
