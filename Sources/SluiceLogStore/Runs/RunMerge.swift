/// Makes one run of several.
///
/// Of the same version of a key in several runs the newest run's entry counts: compaction has
/// moved the record since. The newest run comes first.
struct RunMerge {
    /// A version on its way into the new run.
    struct Version {
        let collection: UInt16
        /// Valid during the call.
        let key: UnsafeRawBufferPointer
        let entry: IndexEntry
        /// The next newer version of the key in these runs, kept or not; nil for the newest.
        let newer: IndexEntry?
    }

    /// Bytes written between two calls of `checkpoint`.
    static let checkpointByteCount = 1 << 20

    /// Writes what `keeps` says of all entries to `writer`, which the caller finishes.
    ///
    /// `checkpoint` is called after about each megabyte; what it throws ends the merge. Throws
    /// what the runs and the writer throw. Memory: a cursor for each run.
    static func write(
        _ runs: [Run], to writer: RunWriter, checkpoint: () throws(LogStoreError) -> Void = {},
        keeps: (Version) -> Bool
    ) throws(LogStoreError) {
        var cursors: [RunCursor] = []
        for run in runs {
            let cursor = run.cursorOverAll()
            if try cursor.next() { cursors.append(cursor) }
        }
        var last = LastKey()
        var checked = 0
        while let place = first(of: cursors) {
            let cursor = cursors[place]
            let entry = cursor.entry
            let newer = last.take(cursor.composite, entry)
            if newer?.version != entry.version {
                let version = Version(
                    collection: cursor.collection, key: cursor.key, entry: entry, newer: newer)
                if keeps(version) { try writer.append(version.collection, version.key, entry) }
            }
            if try !cursor.next() { cursors.remove(at: place) }
            if writer.byteCount - checked >= checkpointByteCount {
                checked = writer.byteCount
                try checkpoint()
            }
        }
    }

    /// The cursor with the smallest key, of equal ones with the newest version, of equal ones the
    /// first: that of the newest run.
    private static func first(of cursors: [RunCursor]) -> Int? {
        guard var best = cursors.first else { return nil }
        var place = 0
        var index = 1
        while index < cursors.count {
            let cursor = cursors[index]
            let order = cursor.composite.lexicallyCompared(to: best.composite)
            if order < 0 || order == 0 && cursor.entry.version > best.entry.version {
                best = cursor
                place = index
            }
            index += 1
        }
        return place
    }

    /// The key of the entry before, and its version.
    private struct LastKey {
        private var bytes: [UInt8] = []
        private var entry: IndexEntry?

        /// The entry before if it has the same key; remembers this one.
        mutating func take(
            _ key: UnsafeRawBufferPointer, _ entry: IndexEntry
        ) -> IndexEntry? {
            defer { self.entry = entry }
            let isSame = bytes.withUnsafeBytes { $0.lexicallyCompared(to: key) == 0 }
            if isSame { return self.entry }
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: key)
            return nil
        }
    }
}
