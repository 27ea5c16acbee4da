/// Walks over the keys of one collection through all layers, as of one revision.
///
/// Gives each key once, with the newest version that is not newer than the revision; tombstones
/// and expired versions included.
struct LayerCursor {
    /// One layer that takes part, standing at a key or at its end.
    private struct Source {
        var memory: MemoryCursor?
        var run: RunCursor?
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var entry: IndexEntry
        /// Whether it stands at the key given last.
        var isSpent = true
    }

    private var sources: [Source] = []
    private let revision: UInt64
    private let reverse: Bool
    /// The key given last, to pass over its other versions.
    private var last: [UInt8] = []
    private var hasLast = false

    /// A cursor behind `bound`; `lock` is what guards the active memtable, nil where nobody else
    /// has it.
    init(
        _ layers: Layers, _ collection: UInt16, from bound: KeyBound, reverse: Bool,
        revision: UInt64, lock: ReadWriteLocked<StoreState>?
    ) throws(LogStoreError) {
        self.revision = revision
        self.reverse = reverse
        let nowhere = IndexEntry(
            version: 0, created: 0, expiryAndFlags: 0, segment: 0, offset: 0, length: 0)
        for memtable in [layers.active, layers.frozen] {
            guard let memtable else { continue }
            let cursor = MemoryCursor(
                memtable, collection, from: bound, reverse: reverse, revision: revision, lock: lock)
            sources.append(Source(memory: cursor, entry: nowhere))
        }
        for run in layers.runs {
            let cursor = try bound.withBound { bound throws(LogStoreError) in
                try run.cursor(collection, from: bound, reverse: reverse)
            }
            sources.append(Source(run: cursor, entry: nowhere))
        }
    }

    /// The next key with its version; the bytes stay valid until the next call.
    mutating func next() throws(LogStoreError) -> (key: UnsafeRawBufferPointer, entry: IndexEntry)?
    {
        var index = 0
        while index < sources.count {
            if sources[index].isSpent, try !advance(index) {
                sources.remove(at: index)
            } else {
                index += 1
            }
        }
        guard !sources.isEmpty else { return nil }
        var best = 0
        var isUnique = true
        for index in 1..<max(1, sources.count) {
            let order = sources[index].key.lexicallyCompared(to: sources[best].key)
            if order == 0 {
                isUnique = false
            } else if (order < 0) != reverse {
                best = index
                isUnique = true
            }
        }
        let key = sources[best].key
        sources[best].isSpent = true
        // The first layer that has a key has its newest version; the others pass over it.
        if !isUnique {
            for index in (best + 1)..<sources.count
            where sources[index].key.lexicallyCompared(to: key) == 0 {
                sources[index].isSpent = true
            }
        }
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: key)
        hasLast = true
        return (key, sources[best].entry)
    }

    /// Moves a source to its next key that has a visible version; gives whether there is one.
    private mutating func advance(_ index: Int) throws(LogStoreError) -> Bool {
        if let memory = sources[index].memory {
            guard let item = memory.next() else { return false }
            sources[index].key = item.key
            sources[index].entry = item.entry
            sources[index].isSpent = false
            return true
        }
        while try sources[index].run?.next() == true {
            guard let run = sources[index].run else { return false }
            let entry = run.entry
            if entry.version > revision { continue }
            let key = run.key
            if hasLast, last.withUnsafeBytes({ key.lexicallyCompared(to: $0) == 0 }) { continue }
            sources[index].key = key
            sources[index].entry = entry
            sources[index].isSpent = false
            return true
        }
        return false
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
    private var keys: UnsafeMutableRawBufferPointer
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
        keys = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        isAtEnd = false
    }

    deinit {
        keys.deallocate()
    }

    /// The next key with its version; the bytes stay valid until the next call.
    func next() -> (key: UnsafeRawBufferPointer, entry: IndexEntry)? {
        while position == items.count {
            guard !isAtEnd else { return nil }
            refill()
        }
        let item = items[position]
        position += 1
        let key = keys[item.start..<item.start + item.count]
        return (UnsafeRawBufferPointer(rebasing: key), item.entry)
    }

    private func refill() {
        position = 0
        items.removeAll(keepingCapacity: true)
        if let lock { lock.read { _ in collect() } } else { collect() }
        piece = min(piece * 4, Self.largestPiece)
    }

    private func collect() {
        var used = 0
        var looked = 0
        var lastKey: [UInt8] = []
        isAtEnd = bound.withBound { bound in
            memtable.walk(collection, from: bound, reverse: reverse, atMost: revision) {
                key, entry in
                guard looked < piece else { return false }
                looked += 1
                if let entry {
                    items.append(Item(start: used, count: key.count, entry: entry))
                    append(key, at: used)
                    used += key.count
                }
                if looked == piece { lastKey = Array(key) }
                return true
            }
        }
        if !isAtEnd { bound = .exclusive(lastKey) }
    }

    private func append(_ key: UnsafeRawBufferPointer, at offset: Int) {
        if offset + key.count > keys.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(4096, (offset + key.count) * 2), alignment: 8)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: keys[..<offset]))
            keys.deallocate()
            keys = larger
        }
        UnsafeMutableRawBufferPointer(rebasing: keys[offset..<offset + key.count])
            .copyMemory(from: key)
    }
}
