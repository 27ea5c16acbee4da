/// Collects entries in order until a block of them is full, and writes the block.
///
/// Works on raw memory that it owns; a block's bytes are known only with its last key, so keys are
/// kept as they come and written when the block ends.
final class RunBlockBuilder {
    private(set) var count = 0
    /// Entries that a block holds before its size matters: one of a huge key, or the two that
    /// a tree needs to become narrower upward.
    private let leastCount: Int

    // Of each entry: what its key shares with the one before, its own bytes, and the rest. Of a
    // group's first, which is written in full, 1 instead where it is the same as the one before.
    private let shared: UnsafeMutablePointer<Int32>
    private let own: UnsafeMutablePointer<Int32>
    private let entries: UnsafeMutablePointer<IndexEntry>
    /// Own bytes of the keys one after the other; whole keys at the groups' begins.
    private let bytes: UnsafeMutableRawPointer
    private var byteCount = 0
    private var prefixCount = 0
    /// Bytes of the groups' first keys, prefix included.
    private var firstByteCount = 0
    /// Bytes of the other keys and of all lengths.
    private var otherByteCount = 0
    private var columns = RunColumns()

    private static let capacity = 2 * RunFormat.maximumKeyByteCount + 2 * RunFormat.pageByteCount

    /// Pages of a block at most.
    static let maximumPageCount = capacity / RunFormat.pageByteCount + 2

    init(leastCount: Int) {
        self.leastCount = leastCount
        shared = .allocate(capacity: RunFormat.maximumEntryCount)
        own = .allocate(capacity: RunFormat.maximumEntryCount)
        entries = .allocate(capacity: RunFormat.maximumEntryCount)
        bytes = .allocate(byteCount: Self.capacity, alignment: 8)
    }

    deinit {
        shared.deallocate()
        own.deallocate()
        entries.deallocate()
        bytes.deallocate()
    }

    /// Adds an entry whose key shares its first `common` bytes with the one before, or gives false
    /// where it has no room; then the block has to be written first.
    @inline(__always)
    func append(
        _ key: UnsafeRawPointer, _ keyCount: Int, common: Int, isSame: Bool, _ entry: IndexEntry
    ) -> Bool {
        guard count > 0 else {
            begin(key, keyCount, isSame: isSame, entry)
            return true
        }
        let isFirst = count % RunFormat.groupCount == 0
        let prefix = min(prefixCount, common)
        let from = isFirst ? 0 : common
        let length = keyCount &- from
        let first = firstByteCount &+ (isFirst ? keyCount : 0)
        let other =
            otherByteCount
            &+ (isFirst
                ? Self.numberByteCount(length) : length &+ Self.lengthsByteCount(common, length))
        let columns = columns.joined(with: entry)
        let groups = count / RunFormat.groupCount &+ 1
        let size =
            RunFormat.blockHeadByteCount &+ RunFormat.slackByteCount &+ prefix &+ (count &+ 1)
            &* columns.stride
            &+ groups &* RunFormat.groupByteCount &+ first &- groups &* prefix &+ other
        if size > RunFormat.pageByteCount || count == RunFormat.maximumEntryCount,
            count >= leastCount
        {
            return false
        }
        prefixCount = prefix
        firstByteCount = first
        otherByteCount = other
        self.columns = columns
        put(key + from, length, shared: isFirst ? (isSame ? 1 : 0) : common, entry)
        return true
    }

    private func begin(
        _ key: UnsafeRawPointer, _ keyCount: Int, isSame: Bool, _ entry: IndexEntry
    ) {
        prefixCount = keyCount
        firstByteCount = keyCount
        otherByteCount = Self.numberByteCount(keyCount)
        byteCount = 0
        columns = RunColumns(entry)
        put(key, keyCount, shared: isSame ? 1 : 0, entry)
    }

    @inline(__always)
    private func put(
        _ key: UnsafeRawPointer, _ length: Int, shared: Int, _ entry: IndexEntry
    ) {
        (bytes + byteCount).copyMemory(from: key, byteCount: length)
        byteCount &+= length
        self.shared[count] = Int32(truncatingIfNeeded: shared)
        own[count] = Int32(truncatingIfNeeded: length)
        entries[count] = entry
        count &+= 1
    }

    @inline(__always)
    private static func lengthsByteCount(_ shared: Int, _ own: Int) -> Int {
        // What a key shares counts from the prefix on, which may still become shorter.
        shared < 15 && own < 15 ? 1 : 1 &+ numberByteCount(shared) &+ numberByteCount(own)
    }

    @inline(__always)
    private static func numberByteCount(_ number: Int) -> Int {
        // One bit of a first key's length says whether the key goes on from the one before.
        number < 64 ? 1 : number < 8192 ? 2 : 3
    }
}

// MARK: Writing

extension RunBlockBuilder {
    /// Writes the block and begins a new one; gives the number of pages.
    ///
    /// `block` has room for the largest. The hash is left to `seal`.
    func finish(into block: UnsafeMutableRawPointer, pageCountBefore: Int) -> Int {
        let groups = (count + RunFormat.groupCount - 1) / RunFormat.groupCount
        block.initializeMemory(
            as: UInt8.self, repeating: 0, count: RunFormat.blockHeadByteCount)
        block.setField(10, UInt16(truncatingIfNeeded: pageCountBefore))
        block.setField(12, UInt16(truncatingIfNeeded: count))
        block.setField(14, UInt16(truncatingIfNeeded: prefixCount))
        columns.write(to: block)
        let heads = block + RunFormat.blockHeadByteCount
        let prefix = heads + groups * RunFormat.groupByteCount
        prefix.copyMemory(from: bytes, byteCount: prefixCount)
        var at = prefix + prefixCount
        var from = UnsafeRawPointer(bytes)
        for group in 0..<groups {
            let head = heads + group * RunFormat.groupByteCount
            head.setField(8, UInt16(truncatingIfNeeded: at - block))
            let begin = group * RunFormat.groupCount
            let end = min(begin + RunFormat.groupCount, count)
            for index in begin..<end {
                columns.write(entries[index], to: at)
                at += columns.stride
            }
            head.setField(0, Self.head(from + prefixCount, Int(own[begin]) - prefixCount))
            writeKeys(begin, end, &from, &at)
        }
        let end = at + RunFormat.slackByteCount
        let pages = (end - block + RunFormat.pageByteCount - 1) / RunFormat.pageByteCount
        let rest = pages * RunFormat.pageByteCount - (at - block)
        at.initializeMemory(as: UInt8.self, repeating: 0, count: rest)
        block.setField(8, UInt16(truncatingIfNeeded: pages))
        count = 0
        return pages
    }

    /// Protects a block's pages at their place.
    static func seal(_ block: UnsafeMutableRawPointer, pageCount: Int, seed: UInt64) {
        let content = UnsafeRawBufferPointer(
            start: block + 8, count: pageCount * RunFormat.pageByteCount - 8)
        block.setField(0, ContentHash.hash(content, seed: seed))
    }

    /// Writes the keys of a group.
    private func writeKeys(
        _ begin: Int, _ end: Int, _ from: inout UnsafeRawPointer,
        _ at: inout UnsafeMutableRawPointer
    ) {
        let suffix = Int(own[begin]) - prefixCount
        Self.write(number: suffix << 1 | Int(shared[begin]), &at)
        at.copyMemory(from: from + prefixCount, byteCount: suffix)
        at += suffix
        from += Int(own[begin])
        for index in begin + 1..<end {
            let length = Int(own[index])
            let shared = Int(shared[index]) - prefixCount
            if shared < 15 || length < 15, shared < 16, length < 16 {
                at.storeBytes(of: UInt8(shared << 4 | length), as: UInt8.self)
                at += 1
            } else {
                at.storeBytes(of: RunKeyLengths.escape, as: UInt8.self)
                at += 1
                Self.write(number: shared, &at)
                Self.write(number: length, &at)
            }
            at.copyMemory(from: from, byteCount: length)
            at += length
            from += length
        }
    }

    private static func head(_ key: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var head: UInt64 = 0
        for place in 0..<7 {
            head = head << 8 | (place < count ? UInt64(key.byte(place)) : 0)
        }
        return head << 8 | UInt64(min(count, 8))
    }

    @inline(__always)
    private static func write(number: Int, _ at: inout UnsafeMutableRawPointer) {
        var rest = number
        while rest >= 128 {
            at.storeBytes(of: UInt8(truncatingIfNeeded: rest | 128), as: UInt8.self)
            at += 1
            rest >>= 7
        }
        at.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        at += 1
    }
}
