/// Everything a reader needs at one moment: the newest part of the index in memory, the older parts
/// in runs, and the segments they refer to.
///
/// Whoever holds a `Layers` reads on from it whatever is flushed, merged or compacted meanwhile;
/// files that were removed stay open. Only `active` still changes, under the store's lock.
final class Layers: Sendable {
    /// What the log holds since the last freeze.
    let active: Memtable
    /// A memtable that is being written as a run; it no longer changes.
    let frozen: Memtable?
    /// Newest first: the first run that has a key has its newest version.
    let runs: [Run]
    let segments: SegmentTable

    init(active: Memtable, frozen: Memtable?, runs: [Run], segments: SegmentTable) {
        self.active = active
        self.frozen = frozen
        self.runs = runs
        self.segments = segments
    }

    /// The newest version of a key below the active memtable.
    @inline(__always)
    func newestBelow(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> IndexEntry? {
        if let frozen, let entry = frozen.newest(collection, key) { return entry }
        guard !runs.isEmpty else { return nil }
        let hash = Run.keyHash(collection, key)
        for run in runs {
            if let entry = try run.newest(collection, key, hash: hash) { return entry }
        }
        return nil
    }

    /// The newest version of a key, not newer than `revision`, below the active memtable.
    func newestBelow(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, atMost revision: UInt64
    ) throws(LogStoreError) -> IndexEntry? {
        if let entry = frozen?.newest(collection, key, atMost: revision) { return entry }
        guard !runs.isEmpty else { return nil }
        let hash = Run.keyHash(collection, key)
        for run in runs {
            if let entry = try run.newest(collection, key, hash: hash, atMost: revision) {
                return entry
            }
        }
        return nil
    }

    /// All versions of a key below the active memtable, newest first.
    func versionsBelow(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> [IndexEntry] {
        var versions = frozen?.versions(collection, key) ?? []
        guard !runs.isEmpty else { return versions }
        let hash = Run.keyHash(collection, key)
        for run in runs {
            for entry in try run.versions(collection, key, hash: hash) {
                // Of the same version the newer run knows the place.
                if entry.version < versions.last?.version ?? .max { versions.append(entry) }
            }
        }
        return versions
    }
}

/// Segments by id: an open-addressed table, since every read asks it.
struct SegmentTable: Sendable {
    /// Keeps what the slots refer to.
    private let segments: [Segment]
    // Unmanaged, since a search asks for each record, and counts no references.
    private let slots: [Unmanaged<Segment>?]
    private let mask: Int

    init(_ segments: some Collection<Segment>) {
        self.segments = Array(segments)
        var size = 8
        while size < segments.count * 2 { size *= 2 }
        mask = size - 1
        var slots = [Unmanaged<Segment>?](repeating: nil, count: size)
        for segment in segments {
            var slot = Int(segment.id) & mask
            while slots[slot] != nil { slot = (slot + 1) & mask }
            slots[slot] = .passUnretained(segment)
        }
        self.slots = slots
    }

    @inline(__always)
    subscript(_ id: UInt32) -> Segment? {
        find(id) { $0 }
    }

    /// Bytes of a segment in memory, or nil where they have to be read.
    @inline(__always)
    func bytes(of id: UInt32, at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
        find(id) { $0.bytes(at: offset, count: count) }
    }

    @inline(__always)
    private func find<R>(_ id: UInt32, _ body: (Segment) -> R?) -> R? {
        var slot = Int(id) & mask
        while let segment = slots[slot] {
            if segment._withUnsafeGuaranteedRef({ $0.id == id }) {
                return segment._withUnsafeGuaranteedRef(body)
            }
            slot = (slot + 1) & mask
        }
        return nil
    }
}
