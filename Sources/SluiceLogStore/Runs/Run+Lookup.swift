import Glibc

extension Run {
    /// Where an entry lies.
    struct Position: Equatable {
        var page: Int
        var index: Int
    }

    /// The hash of a key for the filters of all runs: made once for a lookup.
    @inline(__always)
    static func keyHash(_ collection: UInt16, _ key: UnsafeRawBufferPointer) -> UInt64 {
        RunFilter.hash(collection, key)
    }

    /// The newest version of a key, or nil where the run has none.
    ///
    /// `hash` is that of `keyHash`. Allocates nothing where the run is mapped and the key is
    /// shorter than a kilobyte. Throws `.corrupt`, and `.io` where the run is not mapped.
    func newest(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, hash: UInt64
    ) throws(LogStoreError) -> IndexEntry? {
        try newest(collection, key, hash: hash, atMost: .max)
    }

    /// The newest version of a key that is not above `version`, or nil where the run has none.
    func newest(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, hash: UInt64, atMost version: UInt64
    ) throws(LogStoreError) -> IndexEntry? {
        guard try mayContain(hash) else { return nil }
        return try withTarget(collection, key) { target throws(LogStoreError) in
            var buffer = RunBuffer()
            var page = try leafPage(target, version)
            var leaf = try leaf(page, &buffer)
            var place = leaf.place(target, version)
            if place.index == leaf.count {
                page &+= leaf.pageCount
                guard page < footer.leafPageCount else { return nil }
                leaf = try self.leaf(page, &buffer)
                place = leaf.place(target, version)
            }
            return place.isKeyEqual ? leaf.entry(place.index) : nil
        }
    }

    /// All versions of a key, newest first.
    func versions(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, hash: UInt64
    ) throws(LogStoreError) -> [IndexEntry] {
        guard try mayContain(hash) else { return [] }
        let cursor = try cursor(collection, from: .inclusive(key), reverse: false)
        var versions: [IndexEntry] = []
        while try cursor.next(), cursor.key.lexicallyCompared(to: key) == 0 {
            versions.append(cursor.entry)
        }
        return versions
    }

    /// Whether the filter knows a key with this hash.
    @inline(__always)
    func mayContain(_ hash: UInt64) throws(LogStoreError) -> Bool {
        let line = RunFilter.line(hash, of: footer.filterLineCount)
        let page = footer.leafPageCount &+ footer.nodePageCount &+ RunFilter.page(ofLine: line)
        let filter = tail + footer.nodePageCount &* RunFormat.pageByteCount
        if !isVerified(page) { try verifyFilter(page) }
        return RunFilter.contains(filter + RunFilter.offset(ofLine: line), hash)
    }

    @inline(never)
    func verifyFilter(_ page: Int) throws(LogStoreError) {
        let start = tail + (page - footer.leafPageCount) * RunFormat.pageByteCount
        let content = UnsafeRawBufferPointer(
            start: start + 8, count: RunFormat.pageByteCount - 8)
        guard start.number(0) == ContentHash.hash(content, seed: seed.page(page)) else {
            throw damaged(page, "the filter's hash does not match")
        }
        setVerified(page)
    }

    /// The leaf that holds the first entry not before a key's version, if not the leaf behind it.
    @inline(__always)
    func leafPage(_ target: RunTarget, _ version: UInt64) throws(LogStoreError) -> Int {
        var page = footer.rootPage
        while page >= footer.leafPageCount {
            let node = try node(page)
            let place = node.place(target, version)
            let isExact = place.isKeyEqual && node.version(place.index) == version
            let child = node.childPage(isExact ? place.index : max(place.index &- 1, 0))
            // Children come before their parents in the file, so this ends.
            guard child < page else { throw damaged(page, "the tree leads back") }
            page = child
        }
        return page
    }

    /// Runs `body` with a key as blocks compare it.
    @inline(__always)
    func withTarget<R>(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, more: Int = 0,
        _ body: (RunTarget) throws(LogStoreError) -> R
    ) throws(LogStoreError) -> R {
        let result = withUnsafeTemporaryAllocation(
            byteCount: RunTarget.byteCount(key: key.count), alignment: 8
        ) { buffer -> Result<R, LogStoreError> in
            guard let start = buffer.baseAddress else { return .failure(.invalid("no memory")) }
            do throws(LogStoreError) {
                return .success(try body(RunTarget(start, collection, key, more: more)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
