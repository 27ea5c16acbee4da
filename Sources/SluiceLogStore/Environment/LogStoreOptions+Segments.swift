extension LogStoreOptions {
    /// The bytes at which a segment is sealed while so many bytes are live.
    ///
    /// An eighth of the live data, so that compaction finds segments that differ in what is
    /// dead in them, but no more than is set and no fewer than 4 MiB.
    func segmentBytes(live: Int) -> Int {
        let most = effectiveSegmentBytes
        return min(max(live / 8, min(most, 4 << 20)), most)
    }

    /// The most bytes at which a segment is sealed, within what the format can address.
    var effectiveSegmentBytes: Int {
        let chosen = segmentBytes ?? min(64 << 20, max(256 << 10, maximumLiveBytes / 8))
        return min(max(chosen, SegmentHead.byteCount + 1024), 1 << 30)
    }
}
