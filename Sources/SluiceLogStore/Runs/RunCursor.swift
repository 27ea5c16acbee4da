/// A walk over a run's entries in order of their keys; versions of one key come newest first in
/// both directions.
///
/// Begins before its first entry. For one thread at a time; keeps its run.
final class RunCursor {
    let run: Run
    /// What does the steps, while the cursor lives.
    // Behind a pointer, which costs no check for overlapping access at each of many small steps.
    let walk: UnsafeMutablePointer<RunWalk>

    /// A walk from an entry upward, or from the one before it downward.
    init(_ run: Run, collection: UInt16?, from position: Run.Position, isReverse: Bool) {
        self.run = run
        walk = .allocate(capacity: 1)
        walk.initialize(
            to: RunWalk(run, collection: collection, from: position, isReverse: isReverse))
    }

    deinit {
        walk.deinitialize(count: 1)
        walk.deallocate()
    }

    /// Number of the entry's collection.
    @inline(__always)
    var collection: UInt16 { walk.pointee.collection }

    /// The entry's key; valid until the next step.
    @inline(__always)
    var key: UnsafeRawBufferPointer { walk.pointee.key }

    /// The key with its collection before it, whose bytes are in the order of runs.
    @inline(__always)
    var composite: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: walk.pointee.keyBytes, count: walk.pointee.keyCount)
    }

    /// The entry itself, after a step that found one.
    var entry: IndexEntry { walk.pointee.entry }

    /// Moves to the next entry; false at the end.
    ///
    /// Throws `.corrupt` and `.io`; then it is at its end too.
    func next() throws(LogStoreError) -> Bool {
        try walk.pointee.next()
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
