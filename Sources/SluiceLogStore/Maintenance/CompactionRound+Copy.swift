extension CompactionRound {
    private static let flushBytes = 1 << 20

    /// Writes the survivors to a new segment and their places to a run; both appear under their
    /// names when they are complete.
    mutating func copy(id: UInt32) throws(LogStoreError) -> Output {
        // A segment must not hold what was replaced before it was born.
        var head = SegmentHead(
            store: place.identity, id: id, kind: .compacted,
            bornSequence: min(plan.bornSequence, oldestSuccessor))
        head.created = clock.now()
        head.synced = files.durability.synced
        let name = SegmentHead.fileName(id)
        let temporary = place.path(name + ".tmp")
        let file = try place.fileSystem.open(temporary, creating: true)
        var output = Output(segment: Segment(head: head, file: file))
        do throws(LogStoreError) {
            try file.write(head.encoded(), at: 0)
            output.run = try files.writeRun(expectedEntries: survivors.count, syncsFolder: false) {
                writer throws(LogStoreError) in
                try write(to: &output, writer)
            }
            try finish(output, file)
            try place.fileSystem.rename(temporary, to: place.path(name))
            try files.durability.syncFolder()
        } catch {
            try? place.fileSystem.remove(temporary)
            try remove(output, cause: error)
            throw error
        }
        return output
    }

    private func finish(_ output: Output, _ file: DiskFile) throws(LogStoreError) {
        guard let segment = output.segment else { return }
        var parts = ReplacedBytes()
        for part in replaced.sorted(by: { $0.through < $1.through }) {
            parts.add(part.bytes, by: part.through)
        }
        segment.sums.replaced = parts
        let seal = SealRecord(segment.sums, end: segment.end, naming: plan.victims.map(\.id))
        let seed = place.identity.seed(segment: segment.id, offset: segment.end)
        try file.write(seal.encoded(seed: seed), at: segment.end)
        try file.sync()
        segment.isSealed = true
    }

    /// Takes back what a failed round left.
    ///
    /// Unless the manifest may name it by now. A segment that stays although nothing knows of it
    /// could outlive the tombstones of what it holds, so the store takes no more writes then.
    func remove(_ output: Output, cause: LogStoreError) throws(LogStoreError) {
        guard files.durability.failure == nil else { return }
        if let run = output.run { try? place.fileSystem.remove(place.path(Run.fileName(run.id))) }
        guard let segment = output.segment else { return }
        do throws(LogStoreError) {
            try place.fileSystem.remove(place.path(segment.fileName))
            try files.durability.syncFolder()
        } catch  where error.isNoSuchFile {
        } catch {
            files.durability.poison(error)
        }
    }

    private mutating func write(to output: inout Output, _ writer: RunWriter) throws(LogStoreError)
    {
        guard let segment = output.segment else { return }
        var buffer = GroupBuffer()
        defer { buffer.free() }
        var scratch: [UInt8] = []
        let items = survivors.items
        var moved = MovedRecords()
        try survivors.forEachKey { key, range throws(LogStoreError) in
            let collection = items[range.lowerBound].collection
            var others: [IndexEntry] = []
            for item in items[range] {
                let entry = try copy(item, key, to: segment, &buffer, &scratch)
                if item.successor > coveredSequence, !entry.isDead {
                    moved.add(entry, item, from: plan.victims[Int(item.victim)].id)
                }
                if buffer.byteCount >= Self.flushBytes {
                    let byteCount = buffer.byteCount
                    try flush(&buffer, to: segment)
                    try checkpoint(byteCount)
                }
                guard item.isKnown else { continue }
                if keepsHistory {
                    others.append(entry)
                } else {
                    try writer.append(collection, key, entry)
                }
            }
            for entry in try withNeighbours(others, collection, key) {
                try writer.append(collection, key, entry)
            }
        }
        try flush(&buffer, to: segment)
        output.moved = moved
    }

    /// Copies one record and gives its new entry.
    private func copy(
        _ item: Survivors.Item, _ key: UnsafeRawBufferPointer, to segment: Segment,
        _ buffer: inout GroupBuffer, _ scratch: inout [UInt8]
    ) throws(LogStoreError) -> IndexEntry {
        let victim = plan.victims[Int(item.victim)]
        let (start, count) = (Int(item.offset), Int(item.length))
        if let bytes = victim.bytes(at: start, count: count) {
            return copy(bytes, item, key, to: segment, &buffer)
        }
        if scratch.count < count { scratch = [UInt8](repeating: 0, count: count) }
        let read = try victim.file.read(into: &scratch, count: count, at: start)
        guard read == count else {
            throw .corrupt(
                file: victim.fileName, offset: start, message: "the file has shrunk")
        }
        return scratch.withUnsafeBytes { bytes in
            copy(.init(rebasing: bytes[..<count]), item, key, to: segment, &buffer)
        }
    }

    private func copy(
        _ record: UnsafeRawBufferPointer, _ item: Survivors.Item, _ key: UnsafeRawBufferPointer,
        to segment: Segment, _ buffer: inout GroupBuffer
    ) -> IndexEntry {
        var frame = RecordFrame(record)
        var created = frame.sequence
        if frame.flags & RecordFlags.created != 0 {
            created = record.field(
                RecordFrame.byteCount + frame.extensionLength - RecordFrame.createdByteCount)
        }
        var value = UnsafeRawBufferPointer(rebasing: record[frame.headLength...])
        if item.isTombstone {
            frame.kind = RecordKind.delete.rawValue
            frame.valueLength = 0
            frame.expiresAt = 0
            frame.flags = RecordFlags.time
            value = UnsafeRawBufferPointer(start: nil, count: 0)
        } else {
            frame.flags = frame.flags & RecordFlags.created | RecordFlags.time
        }
        let offset = segment.end + buffer.byteCount
        buffer.append(
            frame, time: item.time, created: created, key: key, value: value,
            seed: place.identity.seed(segment: segment.id, offset: offset))
        segment.sums.note(frame)
        return IndexEntry(frame, created: created, segment: segment.id, offset: offset)
    }

    /// Where history is kept, the moved versions of a key and the others that the runs know: the
    /// first run that has a key has to have its newest version.
    private func withNeighbours(
        _ moved: [IndexEntry], _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> [IndexEntry] {
        guard keepsHistory else { return [] }
        var versions: [UInt64: IndexEntry] = [:]
        let hash = Run.keyHash(collection, key)
        for run in layers.runs.reversed() {
            for entry in try run.versions(collection, key, hash: hash) {
                versions[entry.version] = entry
            }
        }
        for entry in moved { versions[entry.version] = entry }
        let all = versions.values.sorted { $0.version > $1.version }
        return policy.kept(all, collection)
    }

    private func flush(
        _ buffer: inout GroupBuffer, to segment: Segment
    ) throws(LogStoreError) {
        buffer.finish()
        for piece in buffer.pieces.indices {
            segment.end += try buffer.write(piece, to: segment.file, at: segment.end)
        }
        buffer.reset()
    }
}
