/// A walk over a run's entries in order of their keys; versions of one key come newest first in
/// both directions.
///
/// Begins before its first entry. For one thread at a time; keeps its run.
final class RunCursor {
    let run: Run
    /// The collection to stay in, as keys begin with it, or nil for all.
    private let collectionBytes: UInt16?
    private let isReverse: Bool
    /// Empty before the first step and behind the last.
    private var isAtEntry = false
    private var isAtEnd: Bool
    /// Where the walk begins, until it does.
    private var start: Run.Position?

    private var buffer = RunBuffer()
    var block: RunBlock
    var page: Int
    var index = -1
    /// Behind the key at hand, where the next one's lengths are.
    private var at: UnsafeRawPointer
    /// The key at hand, collection first; the block's prefix is in place.
    let keyBytes: UnsafeMutableRawPointer
    var keyCount = RunFormat.collectionByteCount
    /// What a walk downward needs besides.
    var descent = RunDescent()

    /// A walk from an entry upward, or from the one before it downward.
    init(_ run: Run, collection: UInt16?, from position: Run.Position, isReverse: Bool) {
        self.run = run
        self.isReverse = isReverse
        collectionBytes = collection.map { $0.bigEndian }
        keyBytes = .allocate(
            byteCount: RunTarget.byteCount(key: LogStore.maximumKeyBytes), alignment: 8)
        keyBytes.storeBytes(of: 0, as: UInt16.self)
        page = position.page
        block = RunBlock(run.tail)
        at = run.tail
        start = position
        isAtEnd = run.entryCount == 0
    }

    deinit {
        keyBytes.deallocate()
    }

    /// Number of the entry's collection.
    @inline(__always)
    var collection: UInt16 { UInt16(bigEndian: keyBytes.load(as: UInt16.self)) }

    /// The entry's key; valid until the next step.
    @inline(__always)
    var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: keyBytes + RunFormat.collectionByteCount,
            count: keyCount &- RunFormat.collectionByteCount)
    }

    /// The entry itself.
    var entry: IndexEntry {
        isAtEntry
            ? block.entry(index)
            : IndexEntry(
                version: 0, created: 0, expiryAndFlags: 0, segment: 0, offset: 0, length: 0)
    }

    /// Moves to the next entry; false at the end. Throws `.corrupt` and `.io`, then it is at its
    /// end too.
    func next() throws(LogStoreError) -> Bool {
        guard !isAtEnd else { return false }
        isAtEntry = false
        // Only a step that went well clears this.
        isAtEnd = true
        if let start { try begin(start) }
        guard try isReverse ? descend() : ascend() else { return false }
        if let collectionBytes, keyBytes.load(as: UInt16.self) != collectionBytes { return false }
        isAtEnd = false
        isAtEntry = true
        return true
    }

    /// Goes to where the first step leads to the first entry.
    private func begin(_ position: Run.Position) throws(LogStoreError) {
        start = nil
        try enter(position.page)
        guard !isReverse else { return try descendBefore(position) }
        let group = min(position.index, block.count - 1) / RunFormat.groupCount
        index = group * RunFormat.groupCount - 1
        at = block.groupStart(group)
        while index < position.index - 1 { step() }
    }

    @inline(__always)
    private func ascend() throws(LogStoreError) -> Bool {
        if index &+ 1 == block.count {
            let next = page &+ block.pageCount
            guard next < run.footer.leafPageCount else { return false }
            try enter(next)
            index = -1
            at = block.groupStart(0)
        }
        step()
        return true
    }

    /// Goes to the next entry of the block and puts its key together.
    @inline(__always)
    private func step() {
        index &+= 1
        let lengths =
            index % RunFormat.groupCount == 0
            ? RunKeyLengths(shared: 0, own: RunKeyLengths.number(&at) &>> 1)
            : RunKeyLengths(&at)
        let start = block.prefixCount &+ lengths.shared
        (keyBytes + start).copyMemory(from: at, byteCount: lengths.own)
        keyCount = start &+ lengths.own
        at += lengths.own
    }

    /// Goes to a leaf.
    func enter(_ page: Int) throws(LogStoreError) {
        block = try run.leaf(page, &buffer)
        self.page = page
        keyBytes.copyMemory(from: block.prefix, byteCount: block.prefixCount)
    }
}

extension Run {
    /// A walk over one collection, from `bound` upward, or from it downward.
    func cursor(
        _ collection: UInt16, from bound: RadixTree.Bound, reverse: Bool
    ) throws(LogStoreError) -> RunCursor {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        // The key behind all others that are not greater than `key` is `key` and a zero byte.
        let position: Position
        switch bound {
        case .inclusive(let key):
            position = try self.position(collection, key, isBehind: reverse)
        case .exclusive(let key):
            position = try self.position(collection, key, isBehind: !reverse)
        case .unbounded where !reverse:
            position = try self.position(collection, none, isBehind: false)
        case .unbounded where collection < .max:
            position = try self.position(collection + 1, none, isBehind: false)
        case .unbounded:
            position = try end()
        }
        return RunCursor(self, collection: collection, from: position, isReverse: reverse)
    }

    /// A walk over all entries of all collections.
    func cursorOverAll() -> RunCursor {
        RunCursor(
            self, collection: nil, from: Position(page: 0, index: 0), isReverse: false)
    }

    /// The first entry of a key or of those behind it.
    private func position(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, isBehind: Bool
    ) throws(LogStoreError) -> Position {
        guard entryCount > 0 else { return Position(page: 0, index: 0) }
        return try withTarget(collection, key, more: isBehind ? 1 : 0) {
            target throws(LogStoreError) in
            var buffer = RunBuffer()
            let page = try leafPage(target, .max)
            return Position(page: page, index: try leaf(page, &buffer).place(target, .max).index)
        }
    }

    /// Behind the last entry.
    private func end() throws(LogStoreError) -> Position {
        guard entryCount > 0 else { return Position(page: 0, index: 0) }
        var page = footer.rootPage
        while page >= footer.leafPageCount {
            let node = try node(page)
            let child = node.childPage(node.count - 1)
            guard child < page else { throw damaged(page, "the tree leads back") }
            page = child
        }
        var buffer = RunBuffer()
        return Position(page: page, index: try leaf(page, &buffer).count)
    }
}
