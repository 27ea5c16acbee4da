import SluiceSystem

/// Walks over the keys of one collection through all layers, as of one revision.
///
/// Gives each key once, with the newest version that is not newer than the revision; tombstones
/// and expired versions included. No step counts references: see `Search.touch`.
struct LayerCursor: ~Copyable {
    /// One layer that takes part, standing at a key or at its end.
    private struct Source {
        /// What walks over it, one of the two; `walkers` keeps them.
        var memory: Unmanaged<MemoryCursor>?
        var run: UnsafeMutablePointer<RunWalk>?
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        /// What a memtable says of the key; a run is asked once the key is given.
        var entry = IndexEntry(
            version: 0, created: 0, expiryAndFlags: 0, segment: 0, offset: 0, length: 0)
        /// Whether it stands at the key given last, or before its first.
        var isSpent = true
        var isBegun = false
    }

    private let walkers: [AnyObject]
    private let sources: UnsafeMutablePointer<Source>
    private var count: Int
    private let revision: UInt64
    private let reverse: Bool

    /// A cursor behind `bound`; `lock` is what guards the active memtable, nil where nobody else
    /// has it.
    init(
        _ layers: Layers, _ collection: UInt16, from bound: KeyBound, reverse: Bool,
        revision: UInt64, lock: ReadWriteLocked<StoreState>?
    ) throws(LogStoreError) {
        self.revision = revision
        self.reverse = reverse
        var walkers: [AnyObject] = []
        var sources: [Source] = []
        for memtable in [layers.active, layers.frozen] {
            guard let memtable else { continue }
            let cursor = MemoryCursor(
                memtable, collection, from: bound, reverse: reverse, revision: revision, lock: lock)
            walkers.append(cursor)
            sources.append(Source(memory: .passUnretained(cursor)))
        }
        for run in layers.runs {
            let cursor = try bound.withBound { bound throws(LogStoreError) in
                try run.cursor(collection, from: bound, reverse: reverse)
            }
            walkers.append(cursor)
            sources.append(Source(run: cursor.walk))
        }
        self.walkers = walkers
        count = sources.count
        self.sources = .allocate(capacity: sources.count)
        self.sources.initialize(from: sources, count: sources.count)
    }

    deinit {
        sources.deallocate()
    }

    /// The next key with its version; the bytes stay valid until the next call.
    mutating func next() throws(LogStoreError) -> (key: UnsafeRawBufferPointer, entry: IndexEntry)?
    {
        var index = 0
        while index < count {
            if sources[index].isSpent, try !advance(sources + index) {
                count -= 1
                (sources + index).update(from: sources + index + 1, count: count - index)
            } else {
                index += 1
            }
        }
        guard count > 0 else { return nil }
        let best = count == 1 ? 0 : choose()
        sources[best].isSpent = true
        return (sources[best].key, sources[best].run?.pointee.entry ?? sources[best].entry)
    }

    /// The source with the key that comes next; others that stand at it are spent.
    private func choose() -> Int {
        var best = 0
        var isUnique = true
        for index in 1..<count {
            let order = sources[index].key.lexicallyCompared(to: sources[best].key)
            if order == 0 {
                isUnique = false
            } else if (order < 0) != reverse {
                best = index
                isUnique = true
            }
        }
        // The first layer that has a key has its newest version; the others pass over it.
        if !isUnique {
            for index in (best + 1)..<count
            where sources[index].key.isEqual(to: sources[best].key) {
                sources[index].isSpent = true
            }
        }
        return best
    }

    /// Moves a source to its next key that has a visible version; gives whether there is one.
    @inline(__always)
    private func advance(_ source: UnsafeMutablePointer<Source>) throws(LogStoreError) -> Bool {
        guard let run = source.pointee.run else { return advanceMemory(source) }
        // Other versions of the key given last are passed over.
        var isGiven = source.pointee.isBegun
        source.pointee.isBegun = true
        while try run.pointee.next() {
            isGiven = isGiven && run.pointee.isSameKey
            if isGiven || run.pointee.version > revision { continue }
            source.pointee.key = run.pointee.key
            source.pointee.isSpent = false
            return true
        }
        return false
    }

    private func advanceMemory(_ source: UnsafeMutablePointer<Source>) -> Bool {
        let item = source.pointee.memory?._withUnsafeGuaranteedRef { $0.next() }
        guard let item else { return false }
        source.pointee.key = item.key
        source.pointee.entry = item.entry
        source.pointee.isSpent = false
        return true
    }
}

/// Walks over a memtable in pieces, each copied in one hold of the lock.
private final class MemoryCursor {
    private struct Item {
        var start: Int
        var count: Int
        var entry: IndexEntry
    }

    /// Keys looked at in one hold, so that a writer never waits long.
    private static let firstPiece = 32
    private static let largestPiece = 2048

    private let memtable: Memtable
    private let collection: UInt16
    private let reverse: Bool
    private let revision: UInt64
    private let lock: ReadWriteLocked<StoreState>?
    private var bound: KeyBound
    private var piece = firstPiece
    private var keys = KeyBuffer()
    private var items: [Item] = []
    private var position = 0
    private var isAtEnd: Bool

    init(
        _ memtable: Memtable, _ collection: UInt16, from bound: KeyBound, reverse: Bool,
        revision: UInt64, lock: ReadWriteLocked<StoreState>?
    ) {
        self.memtable = memtable
        self.collection = collection
        self.bound = bound
        self.reverse = reverse
        self.revision = revision
        self.lock = lock
        isAtEnd = false
    }

    /// The next key with its version; the bytes stay valid until the next call.
    func next() -> (key: UnsafeRawBufferPointer, entry: IndexEntry)? {
        while position == items.count {
            guard !isAtEnd else { return nil }
            refill()
        }
        let item = items[position]
        position += 1
        return (keys.key(at: item.start, count: item.count), item.entry)
    }

    private func refill() {
        position = 0
        items.removeAll(keepingCapacity: true)
        if let lock { lock.read { _ in collect() } } else { collect() }
        piece = min(piece * 4, Self.largestPiece)
    }

    private func collect() {
        keys.removeAll()
        var looked = 0
        var lastKey: [UInt8] = []
        isAtEnd = bound.withBound { bound in
            memtable.walk(collection, from: bound, reverse: reverse, atMost: revision) {
                key, entry in
                guard looked < piece else { return false }
                looked += 1
                if let entry {
                    items.append(Item(start: keys.count, count: key.count, entry: entry))
                    keys.append(key)
                }
                if looked == piece { lastKey = Array(key) }
                return true
            }
        }
        if !isAtEnd { bound = .exclusive(lastKey) }
    }
}
