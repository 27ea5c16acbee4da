import SluiceSystem

extension Verifier {
    /// A put that the index does not know, so that a later delete has to be somewhere.
    struct Stray {
        var version: UInt64
        var segment: UInt32
        var offset: Int
    }

    private static let maximumStrays = 1 << 18

    /// Compares a record with what the index says of its key.
    mutating func compare(
        _ frame: RecordFrame, _ reader: SegmentReader, _ segment: Segment, _ offset: Int,
        _ count: inout SegmentCount
    ) throws(LogStoreError) {
        guard hasIndex else { return }
        let entry = IndexEntry(
            frame, created: reader.created, segment: segment.id, offset: offset)
        let newest: IndexEntry?
        do throws(LogStoreError) {
            newest = try state.newest(frame.collection, reader.key)
        } catch {
            hasIndex = false
            return try damages.add(error, file: segment.fileName, offset: offset)
        }
        guard let newest else { return try note(entry, frame, reader) }
        guard newest.version <= entry.version else { return }
        let name = segment.fileName
        if newest.version < entry.version {
            damages.add(
                name, offset, "the index knows only an older version of the record",
                key: Array(reader.key))
        } else if !newest.isSamePlace(entry) {
            damages.add(
                name, offset,
                "the index says that the record lies in \(SegmentHead.fileName(newest.segment))"
                    + " at \(newest.offset)", key: Array(reader.key))
        } else if !newest.agrees(with: entry) {
            damages.add(
                name, offset, "the index says other things of the record", key: Array(reader.key))
        } else if counts(newest) {
            matched += 1
            count.sums.liveBytes += frame.length
        }
    }

    /// Whether the record of an entry has to be there: not that of a tombstone, nor of what has
    /// expired, which compaction may have removed.
    private func counts(_ entry: IndexEntry) -> Bool {
        !entry.isDead && !state.expiry.hasTaken(entry.expiresAt)
    }

    // MARK: Strays

    /// Takes note of a put that the index does not know.
    private mutating func note(
        _ entry: IndexEntry, _ frame: RecordFrame, _ reader: SegmentReader
    ) throws(LogStoreError) {
        // Tombstones and what has expired leave the index before they leave the log.
        guard !entry.isDead, entry.expiresAt == 0 else { return }
        let hash = Run.keyHash(frame.collection, reader.key)
        if let known = strays[hash], known.version > entry.version { return }
        strays[hash] = Stray(
            version: entry.version, segment: entry.segment, offset: Int(entry.offset))
        if strays.count >= Self.maximumStrays { try resolveStrays() }
    }

    /// Names the strays that nothing removed.
    mutating func resolveStrays() throws(LogStoreError) {
        guard hasIndex, !strays.isEmpty else { return }
        for segment in view.segments where counts[segment.id]?.hasKillers ?? true {
            let reader = SegmentReader(
                id: segment.id, file: segment.file, identity: place.identity, limit: segment.end)
            var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: segment.end)
            while let item = try scan.next() {
                guard case .record(let frame, _) = item,
                    frame.kind == RecordKind.delete.rawValue || frame.expiresAt != 0
                else { continue }
                let hash = Run.keyHash(frame.collection, reader.key)
                if let stray = strays[hash], stray.version < frame.sequence { strays[hash] = nil }
            }
            if strays.isEmpty { return }
        }
        for stray in strays.values.sorted(by: { ($0.segment, $0.offset) < ($1.segment, $1.offset) })
        {
            damages.add(
                SegmentHead.fileName(stray.segment), stray.offset,
                "the index does not know the record")
        }
        strays = [:]
    }

    // MARK: Entries

    /// Every live entry of the index was met as a record, or is named.
    mutating func verifyIndex() throws(LogStoreError) {
        let memory = state.layers.active.collections
        let known = collections.union(memory).union(state.names.keys)
        var entries = 0
        do throws(LogStoreError) {
            for collection in known.sorted() {
                var cursor = try cursor(collection)
                while let (_, entry) = try cursor.next() { entries += counts(entry) ? 1 : 0 }
                if collection >= SystemCollection.firstUser, state.names[collection] == nil {
                    damages.add(
                        Manifest.fileName, 0, "collection \(collection) has records and no name")
                }
            }
            guard entries != matched else { return }
            for collection in known.sorted() { try nameUnmatched(collection) }
        } catch {
            hasIndex = false
            try damages.add(error, file: Manifest.fileName, offset: 0)
        }
    }

    private func cursor(_ collection: UInt16) throws(LogStoreError) -> LayerCursor {
        try LayerCursor(
            state.layers, collection, from: .unbounded, reverse: false, revision: .max, lock: nil)
    }

    /// Reads the record of each entry and names those that are not there.
    private mutating func nameUnmatched(_ collection: UInt16) throws(LogStoreError) {
        let reader = RecordReader(identity: place.identity, layers: state.layers)
        var cursor = try cursor(collection)
        while let (key, entry) = try cursor.next() {
            guard counts(entry) else { continue }
            do throws(LogStoreError) {
                try reader.withValue(entry, key: key) { _, _ in }
            } catch {
                guard case .corrupt(let file, let offset, let message, _, _) = error else {
                    throw error
                }
                damages.add(file, offset, message, key: Array(key))
            }
        }
    }

    // MARK: Sums

    /// Compares the sums that the store keeps with a recount.
    mutating func verifySums() {
        for segment in view.segments {
            guard let count = counts[segment.id] else { continue }
            var kept = segment.sums
            kept.replaced = ReplacedBytes()
            if kept != count.sums {
                damages.add(
                    Manifest.fileName, Int(segment.id),
                    "the sums of \(segment.fileName) are not those of its records")
            }
        }
    }
}

extension IndexEntry {
    /// Whether both say the same of a record that lies in one place.
    fileprivate func agrees(with record: IndexEntry) -> Bool {
        length == record.length && expiresAt == record.expiresAt && isDead == record.isDead
            && headLength == record.headLength && (isDead || created == record.created)
    }
}
