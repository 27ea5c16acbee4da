/// Writes a run in one pass.
///
/// Keeps in memory the block at hand, half a megabyte of finished ones, the filter (ten bits a
/// key) and about 40 bytes a block for the tree above the leaves. Not for several threads at once.
final class RunWriter {
    private let file: DiskFile
    private let identity: StoreIdentity
    private let seed: RunSeed
    private var footer: RunFooter
    private let output: RunOutput
    private let leaf = RunBlockBuilder(leastCount: 1)
    private let filter: RunFilterBuilder
    private var separators = RunSeparators()
    private var leafPageCountBefore = 0

    /// The last key and room for the next, collection first.
    private var key: UnsafeMutableRawPointer
    private var keyCount = 0
    private var next: UnsafeMutableRawPointer
    private var lastVersion: UInt64 = 0

    /// A writer of a run into an empty file.
    ///
    /// `expectedEntries` sizes the filter; more entries than that make it less sharp.
    init(file: DiskFile, id: UInt32, identity: StoreIdentity, expectedEntries: Int) {
        self.file = file
        self.identity = identity
        seed = RunSeed(identity, run: id)
        footer = RunFooter(id: id)
        output = RunOutput(file: file)
        filter = RunFilterBuilder(keys: expectedEntries)
        key = .allocate(byteCount: RunTarget.byteCount(key: LogStoreLimits.keyBytes), alignment: 8)
        next = .allocate(
            byteCount: RunTarget.byteCount(key: LogStoreLimits.keyBytes), alignment: 8)
    }

    deinit {
        key.deallocate()
        next.deallocate()
    }

    var entryCount: Int { footer.entryCount }

    /// Bytes of the file so far; after `finish` of all of it.
    var byteCount: Int { output.pageCount * RunFormat.pageByteCount }

    /// Adds an entry; in order of collection and key, versions of a key newest first.
    ///
    /// Throws `.invalid` for a wrong order, `.keyTooLarge`, and `.io`.
    func append(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, _ entry: IndexEntry
    ) throws(LogStoreError) {
        guard key.count <= LogStoreLimits.keyBytes else { throw .keyTooLarge }
        let target = RunTarget(next, collection, key)
        let common = RunBlock.commonCount(
            target.start, UnsafeRawPointer(self.key), min(target.count, keyCount))
        let isSame = common == keyCount && common == target.count
        guard footer.entryCount == 0 || follows(target, common, isSame, entry) else {
            throw .invalid("the entries of a run have to come in order")
        }
        if !leaf.append(target.start, target.count, common: common, isSame: isSame, entry) {
            try endLeaf()
            _ = leaf.append(target.start, target.count, common: common, isSame: isSame, entry)
        }
        if leaf.count == 1 { beginLeaf(target, common, isSame, entry) }
        if !isSame {
            filter.insert(RunFilter.hash(collection, key))
            footer.keyCount &+= 1
        }
        footer.entryCount &+= 1
        footer.smallestVersion = min(footer.smallestVersion, entry.version)
        footer.largestVersion = max(footer.largestVersion, entry.version)
        lastVersion = entry.version
        keyCount = target.count
        swap(&self.key, &next)
    }

    /// Whether an entry comes behind the last one.
    @inline(__always)
    private func follows(
        _ target: RunTarget, _ common: Int, _ isSame: Bool, _ entry: IndexEntry
    ) -> Bool {
        if isSame { return entry.version < lastVersion }
        if common == keyCount { return true }
        return common < target.count
            && target.start.byte(common)
                > key.load(
                    fromByteOffset: common, as: UInt8.self)
    }

    /// Remembers what tells a new leaf from the one before.
    private func beginLeaf(
        _ target: RunTarget, _ common: Int, _ isSame: Bool, _ entry: IndexEntry
    ) {
        // The fewest bytes that are greater than the last key. Versions of one key on both sides
        // are told apart by their numbers; else the separator comes before all versions.
        let count = footer.entryCount == 0 ? 0 : isSame ? target.count : common + 1
        separators.append(
            UnsafeRawBufferPointer(start: target.start, count: count),
            version: isSame ? entry.version : .max, page: output.pageCount)
    }

    private func endLeaf() throws(LogStoreError) {
        guard leaf.count > 0 else { return }
        leafPageCountBefore = try write(leaf, pageCountBefore: leafPageCountBefore)
    }

    private func write(
        _ builder: RunBlockBuilder, pageCountBefore: Int
    ) throws(LogStoreError) -> Int {
        let page = output.pageCount
        let block = try output.room(pages: RunBlockBuilder.maximumPageCount)
        let pages = builder.finish(into: block, pageCountBefore: pageCountBefore)
        RunBlockBuilder.seal(block, pageCount: pages, seed: seed.page(page))
        output.take(pages: pages)
        return pages
    }

    /// Writes what is still in memory, the tree, the filter and the footer.
    ///
    /// The caller syncs the file and gives it its name. The writer takes no more entries.
    func finish() throws(LogStoreError) {
        try endLeaf()
        footer.leafPageCount = output.pageCount
        try writeTree()
        footer.nodePageCount = output.pageCount - footer.leafPageCount
        footer.filterLineCount = filter.lineCount
        footer.filterPageCount = filter.pageCount
        for page in 0..<filter.pageCount {
            let place = output.pageCount
            let bytes = try output.room(pages: 1)
            filter.write(page, to: bytes)
            RunBlockBuilder.seal(bytes, pageCount: 1, seed: seed.page(place))
            output.take(pages: 1)
        }
        guard output.pageCount < RunFormat.maximumPageCount else {
            throw .invalid("a run is larger than its format can say")
        }
        let bytes = footer.encoded(identity)
        let place = try output.room(pages: 1)
        UnsafeMutableRawBufferPointer(start: place, count: bytes.count).copyBytes(from: bytes)
        output.take(pages: 1)
        try output.flush()
    }

    /// Writes levels of the tree upward until one block stands above all.
    private func writeTree() throws(LogStoreError) {
        let builder = RunBlockBuilder(leastCount: 2)
        while separators.count > 1 {
            let level = separators
            separators = RunSeparators()
            let result = level.bytes.withUnsafeBytes { bytes -> Result<Void, LogStoreError> in
                do throws(LogStoreError) {
                    return .success(try writeLevel(bytes, builder))
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
        footer.rootPage = separators.bytes.withUnsafeBytes { bytes in
            var walk = RunSeparators.Walk(bytes)
            return walk.next() ? walk.page : 0
        }
    }

    private func writeLevel(
        _ bytes: UnsafeRawBufferPointer, _ builder: RunBlockBuilder
    ) throws(LogStoreError) {
        var walk = RunSeparators.Walk(bytes)
        while walk.next() {
            let entry = IndexEntry(
                version: walk.version, created: walk.version, expiryAndFlags: 0,
                segment: UInt32(truncatingIfNeeded: walk.page), offset: 0, length: 0)
            if builder.count > 0, append(walk, entry, to: builder) { continue }
            if builder.count > 0 { _ = try write(builder, pageCountBefore: 0) }
            separators.append(walk.key, version: walk.version, page: output.pageCount)
            _ = append(walk, entry, to: builder)
        }
        _ = try write(builder, pageCountBefore: 0)
    }

    private func append(
        _ walk: RunSeparators.Walk, _ entry: IndexEntry, to builder: RunBlockBuilder
    ) -> Bool {
        guard let key = walk.key.baseAddress else { return false }
        return builder.append(key, walk.key.count, common: walk.common, isSame: false, entry)
    }
}
