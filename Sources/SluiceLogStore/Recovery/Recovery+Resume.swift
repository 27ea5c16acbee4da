extension Recovery {
    /// Where the log goes on after a recovery.
    struct Resumption {
        var segment: Segment
        var end: Int
        /// Whether the folder was changed, so that the manifest has to be written.
        var isNew: Bool
    }

    /// Decides where to append next, and first copies what may not be on the device.
    ///
    /// A record read from the operating system's cache may never reach the device, so what no
    /// promise covers is written again, to a new segment that appears under its name when it is
    /// complete. A second crash finds either the old state or the new one.
    mutating func resume(_ ids: FileIDs) throws(LogStoreError) -> Resumption? {
        guard let last = logs.last(where: { $0.head.id == end.segment }) else { return nil }
        for segment in overhangs { try finish(segment) }
        // Where nothing is promised, sound bytes may stay where they are.
        let isPromised = promise >= end || !isSynced && report.damages.isEmpty
        if isPromised, !hasRefuse, !last.segment.isSealed, last.isHeadWhole {
            return Resumption(segment: last.segment, end: end.offset, isNew: false)
        }
        var start = end.offset
        if !isPromised {
            start = promise.segment == end.segment ? promise.offset : SegmentHead.byteCount
        }
        let segment: Segment
        do throws(LogStoreError) {
            segment = try copy(last, from: start, id: ids.take())
        } catch {
            guard error.isNoSpace else { throw error }
            return try rewrite(last, from: start)
        }
        try forget(last, from: start, behind: segment.bornSequence - 1)
        last.segment.end = start
        last.segment.isSealed = true
        state.add(segment)
        try finish(last.segment, before: isSynced ? segment.id : nil)
        // The copies replace the originals in the index, because the later place wins.
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity,
            limit: try segment.file.size())
        var offset = SegmentHead.byteCount
        while case .group(_, let groupEnd) = try reader.group(at: offset) {
            segment.mark(offset, after: segment.sums.lastSequence)
            segment.sums.frameBytes += RecordFrame.byteCount
            try reader.batch.forEach { item, key throws(LogStoreError) in
                segment.sums.note(item.frame)
                try enter(item.frame, item.created, key, in: segment, at: item.offset)
            }
            offset = groupEnd
        }
        segment.end = offset
        end = LogPosition(segment: segment.id, offset: offset)
        if isSynced { promise = end }
        return Resumption(segment: segment, end: offset, isNew: true)
    }

    /// Writes the end of a segment again where it lies, for want of space to copy it to.
    ///
    /// The bytes are the same, so that it does not matter which of them a crash leaves.
    private mutating func rewrite(
        _ last: Found, from start: Int
    ) throws(LogStoreError) -> Resumption {
        let file = last.segment.file
        var place = start
        while place < end.offset {
            var bytes = [UInt8](repeating: 0, count: min(1 << 20, end.offset - place))
            let count = try file.read(into: &bytes, at: place)
            guard count == bytes.count else { break }
            try file.write(bytes, at: place)
            place += count
        }
        try file.truncate(to: end.offset)
        if isSynced {
            try file.sync()
            promise = end
        }
        last.segment.isSealed = false
        // What was cut off says where this segment ended, and it goes on there.
        for one in doomed where one.head.kind == .log && one.head.id > last.head.id {
            try self.place.fileSystem.remove(self.place.path(one.segment.fileName))
        }
        if isSynced { try self.place.fileSystem.syncDirectory(self.place.directory) }
        return Resumption(segment: last.segment, end: end.offset, isNew: false)
    }

    /// Cuts off what follows the end of a segment and seals it.
    ///
    /// Only the next segment tells so far where this one ends, and compaction may remove that one:
    /// what it holds again would then count twice, and return when it was deleted since.
    private func finish(
        _ segment: Segment, before next: UInt32? = nil
    ) throws(LogStoreError) {
        let seal = SealRecord(segment.sums, end: segment.end, naming: next.map { [$0] } ?? [])
        let seed = place.identity.seed(segment: segment.id, offset: segment.end)
        try segment.file.truncate(to: segment.end)
        do throws(LogStoreError) {
            try segment.file.write(seal.encoded(seed: seed), at: segment.end)
        } catch  where error.isNoSpace {
            // The manifest tells the end as well.
        }
        if isSynced { try segment.file.sync() }
    }

    /// Writes the groups of a segment from a place on to a new segment; durably, if the mode
    /// promises anything.
    private func copy(
        _ source: Found, from start: Int, id: UInt32
    ) throws(LogStoreError) -> Segment {
        let reader = SegmentReader(
            id: source.head.id, file: source.segment.file, identity: place.identity,
            limit: max(end.offset, start))
        var head = SegmentHead(
            store: place.identity, id: id, kind: .log,
            bornSequence: try firstSequence(reader, from: start) ?? lastSequence + 1)
        head.previous = source.head.id
        head.previousEnd = start
        head.previousLast = head.bornSequence - 1
        let start = LogPosition(segment: source.head.id, offset: start)
        head.synced = isSynced ? start : min(promise, start)
        head.created = lastTime
        let temporary = place.path(SegmentHead.fileName(id) + ".tmp")
        let file = try place.fileSystem.open(temporary, creating: true)
        do throws(LogStoreError) {
            try file.write(head.encoded(), at: 0)
            try copyGroups(reader, from: start.offset, synced: head.synced, to: file, id: id)
        } catch {
            try? place.fileSystem.remove(temporary)
            throw error
        }
        if isSynced { try file.sync() }
        try place.fileSystem.rename(
            temporary, to: place.path(SegmentHead.fileName(id)))
        if isSynced { try place.fileSystem.syncDirectory(place.directory) }
        _ = file.lock()
        return Segment(head: head, file: file)
    }

    /// The first sequence number that was given from a place on.
    private func firstSequence(
        _ reader: SegmentReader, from start: Int
    ) throws(LogStoreError) -> UInt64? {
        var place = start
        while case .group(let group, let groupEnd) = try reader.group(at: place) {
            // Records of the store's own have the number that was given last.
            let first = reader.batch.records.first {
                $0.frame.collection >= SystemCollection.firstUser
            }
            if let first { return max(1, first.frame.sequence) }
            if !reader.batch.records.isEmpty { return group.lastSequence + 1 }
            place = groupEnd
        }
        return nil
    }

    /// Takes what lies from a place on out of a segment's sums: it counts in the copy.
    private func forget(
        _ source: Found, from start: Int, behind sequence: UInt64
    ) throws(LogStoreError) {
        let segment = source.segment
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity,
            limit: max(end.offset, start))
        var place = start
        while case .group(_, let groupEnd) = try reader.group(at: place) {
            segment.sums.frameBytes -= RecordFrame.byteCount
            for item in reader.batch.records { segment.sums.forget(item.frame) }
            place = groupEnd
        }
        let isEmpty = segment.sums.records == 0
        if isEmpty { segment.sums.firstSequence = 0 }
        segment.sums.lastSequence = isEmpty ? 0 : min(segment.sums.lastSequence, sequence)
    }

    private func copyGroups(
        _ reader: SegmentReader, from start: Int, synced: LogPosition, to file: DiskFile,
        id: UInt32
    ) throws(LogStoreError) {
        var buffer = GroupBuffer()
        defer { buffer.free() }
        var source = start
        var target = SegmentHead.byteCount
        while case .group(var group, let groupEnd) = try reader.group(at: source) {
            group.synced = synced
            buffer.reset()
            buffer.begin(group, seed: place.identity.seed(segment: id, offset: target))
            let records = reader.batch
            for index in records.records.indices {
                let item = records.records[index]
                guard let value = try reader.value(at: item.offset, item.frame) else { continue }
                buffer.append(
                    item.frame, time: group.time, created: item.created, key: records.key(index),
                    value: value,
                    seed: place.identity.seed(segment: id, offset: target + buffer.byteCount))
            }
            buffer.finish()
            for piece in buffer.pieces.indices {
                target += try buffer.write(piece, to: file, at: target)
            }
            source = groupEnd
        }
    }
}
