/// The state of a cursor, and its steps upward.
struct RunWalk: ~Copyable {
    unowned(unsafe) let run: Run
    /// The collection to stay in, as keys begin with it, or nil for all.
    private let collectionBytes: UInt16?
    private let isReverse: Bool
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
    /// Whether the last step stayed at the same key and went to an older version of it.
    var isSameKey = false
    /// What a walk downward needs besides.
    var descent = RunDescent()

    // The cursor, which owns the walk, keeps the run.
    init(_ run: Run, collection: UInt16?, from position: Run.Position, isReverse: Bool) {
        self.run = run
        self.isReverse = isReverse
        collectionBytes = collection.map { $0.bigEndian }
        keyBytes = .allocate(
            byteCount: RunTarget.byteCount(key: LogStoreLimits.keyBytes), alignment: 8)
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

    @inline(__always)
    var collection: UInt16 { UInt16(bigEndian: keyBytes.load(as: UInt16.self)) }

    /// The key at hand without its collection.
    @inline(__always)
    var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: keyBytes + RunFormat.collectionByteCount,
            count: keyCount &- RunFormat.collectionByteCount)
    }

    /// The entry's version, after a step that found one.
    @inline(__always)
    var version: UInt64 { block.version(index) }

    @inline(__always)
    var entry: IndexEntry {
        guard index >= 0 else {
            return IndexEntry(
                version: 0, created: 0, expiryAndFlags: 0, segment: 0, offset: 0, length: 0)
        }
        return block.entry(index)
    }

    mutating func next() throws(LogStoreError) -> Bool {
        guard !isAtEnd else { return false }
        // Only a step that went well clears this.
        isAtEnd = true
        if let start { try begin(start) }
        guard try isReverse ? descend() : ascend() else { return false }
        if let collectionBytes, keyBytes.load(as: UInt16.self) != collectionBytes { return false }
        isAtEnd = false
        return true
    }

    /// Goes to where the first step leads to the first entry.
    private mutating func begin(_ position: Run.Position) throws(LogStoreError) {
        start = nil
        try enter(position.page)
        guard !isReverse else { return try descendBefore(position) }
        let group = min(position.index, block.count - 1) / RunFormat.groupCount
        index = group * RunFormat.groupCount - 1
        while index < position.index - 1 { step() }
    }

    @inline(__always)
    private mutating func ascend() throws(LogStoreError) -> Bool {
        if index &+ 1 == block.count {
            let next = page &+ block.pageCount
            guard next < run.footer.leafPageCount else { return false }
            try enter(next)
            index = -1
        }
        step()
        return true
    }

    /// Goes to the next entry of the block and puts its key together.
    @inline(__always)
    private mutating func step() {
        index &+= 1
        let lengths: RunKeyLengths
        if index % RunFormat.groupCount == 0 {
            lengths = beginGroup()
        } else {
            lengths = RunKeyLengths(&at)
            isSameKey = lengths.own == 0
        }
        let start = block.prefixCount &+ lengths.shared
        (keyBytes + start).copyMemory(from: at, byteCount: lengths.own)
        keyCount = start &+ lengths.own
        at += lengths.own
    }

    /// Goes to the first key of the group that the index has come to.
    @inline(__always)
    private mutating func beginGroup() -> RunKeyLengths {
        at = block.keys(index / RunFormat.groupCount)
        let number = RunKeyLengths.number(&at)
        isSameKey = number & 1 == 1
        return RunKeyLengths(shared: 0, own: number &>> 1)
    }

    /// Goes to a leaf.
    mutating func enter(_ page: Int) throws(LogStoreError) {
        block = try run.leaf(page, &buffer)
        self.page = page
        keyBytes.copyMemory(from: block.prefix, byteCount: block.prefixCount)
    }
}
