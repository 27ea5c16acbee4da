/// What a segment's records come to, counted anew.
struct SegmentCount {
    var sums = SegmentSums()
    /// Whether records may kill strays: deletes, and puts that expire.
    var hasKillers: Bool { sums.tombstones + sums.expiring > 0 }
}

extension Verifier {
    /// Reads a segment from its head to its seal.
    mutating func verify(_ segment: Segment) throws(LogStoreError) {
        guard let found = view.found(segment.id) else { return }
        do throws(LogStoreError) {
            let head = try verifyHead(segment)
            try verifyRecords(segment, found)
            try verifyEnd(segment, found)
            if let head, head.kind == .log { verifyLink(head) }
        } catch {
            // What cannot be read at all ends the look at this file, not that at the others.
            try damages.add(error, file: segment.fileName, offset: 0)
            hasIndex = false
        }
    }

    private mutating func verifyHead(_ segment: Segment) throws(LogStoreError) -> SegmentHead? {
        var bytes = [UInt8](repeating: 0, count: SegmentHead.byteCount)
        let count = try segment.file.read(into: &bytes, at: 0)
        guard
            case .head(let head, let isWhole) = SegmentHead.decode(
                count == bytes.count ? bytes : [])
        else {
            damages.add(segment.fileName, 0, "the segment's head is damaged")
            return nil
        }
        guard head.store == place.identity, head.id == segment.id, head.kind == segment.kind,
            head.bornSequence == segment.bornSequence || segment.bornSequence == 0,
            head.created == segment.created
        else {
            damages.add(segment.fileName, 0, "the head is that of another segment")
            return nil
        }
        // One that nothing says is on the device may have been torn by a crash; opening mends it.
        let isUnsettled =
            segment.kind == .log
            && view.recovery.promise <= LogPosition(segment: segment.id, offset: 0)
        if isUnsettled { return head }
        if !isWhole || !SegmentHead.isBlankBesideCopies(bytes) {
            damages.add(segment.fileName, 0, "the segment's head is damaged")
        }
        return head
    }

    private mutating func verifyRecords(
        _ segment: Segment, _ found: Recovery.Found
    ) throws(LogStoreError) {
        let name = segment.fileName
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity,
            limit: min(segment.end, found.size))
        var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: segment.end)
        var count = SegmentCount()
        count.sums.end = segment.end
        // Where the group ends; nil where that is not known.
        var groupEnd: Int? = SegmentHead.byteCount
        var start = 0
        while let item = try scan.next() {
            switch item {
            case .group(let group, let offset):
                if segment.kind == .compacted || groupEnd ?? offset != offset {
                    damages.add(name, offset, "a group begins inside another")
                }
                count.sums.frameBytes += RecordFrame.byteCount
                groupEnd = scan.place + group.byteCount
            case .record(let frame, let offset):
                if segment.kind == .log, let end = groupEnd, scan.place > end {
                    damages.add(name, offset, "the record lies outside of its group")
                }
                records += 1
                count.sums.note(frame)
                collections.insert(frame.collection)
                try compare(frame, reader, segment, offset, &count)
            case .damagedValue(let frame, let offset):
                damages.add(
                    name, offset, "the value of a record does not verify", key: Array(reader.key))
                count.sums.note(frame)
                if frame.isContent { try compare(frame, reader, segment, offset, &count) }
            case .seal(let offset):
                damages.add(name, offset, "a seal lies between records")
            case .gap(let offset, let byteCount):
                damages.add(name, offset, "\(byteCount) bytes hold no record that verifies")
                groupEnd = nil
            }
            try meter.advance(scan.place - start)
            start = scan.place
        }
        if let end = groupEnd, end > segment.end, segment.kind == .log {
            damages.add(name, segment.end, "the last group goes on behind the records")
        }
        counts[segment.id] = count
    }

    /// Looks at what follows a segment's records: a seal, or nothing.
    private mutating func verifyEnd(
        _ segment: Segment, _ found: Recovery.Found
    ) throws(LogStoreError) {
        let end = segment.end
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: found.size)
        switch try reader.group(at: end) {
        case .seal(let seal):
            let sums = counts[segment.id]?.sums ?? segment.sums
            if seal.end != end || seal.records != sums.records
                || seal.firstSequence != sums.firstSequence
                || seal.lastSequence != sums.lastSequence
            {
                damages.add(segment.fileName, end, "the seal counts other records")
            }
            // In the log a crash may leave what was cut off just then.
            guard segment.kind == .compacted, case .record(let frame) = try reader.record(at: end)
            else { return }
            let behind = end + frame.length
            if try reader.endOfContent(from: behind) > behind {
                damages.add(segment.fileName, behind, "bytes lie behind the seal")
            }
        case .blank where segment.kind == .log:
            // A seal that found no space is no damage; anything else behind the records is one.
            if mayGoOn(segment) { return }
            if try reader.endOfContent(from: end) > end {
                damages.add(segment.fileName, end, "the seal is damaged")
            }
        case .blank:
            damages.add(segment.fileName, end, "the seal is missing")
        case .group, .broken:
            if !mayGoOn(segment) {
                damages.add(segment.fileName, end, "the seal is damaged")
            }
        }
    }

    /// Whether records may follow those that count: in the log's last segment, which grows or ends
    /// in a torn tail, and where a recovery copied the rest elsewhere and was cut short.
    private func mayGoOn(_ segment: Segment) -> Bool {
        guard segment.kind == .log else { return false }
        if segment.id >= view.recovery.end.segment { return true }
        // A recovery writes the manifest when it is done with that.
        return view.folder.manifest?.end.segment ?? 0 <= segment.id
            && view.recovery.overhangs.contains { $0 === segment }
    }

    /// Compares what a log segment's head says of the one before it.
    private mutating func verifyLink(_ head: SegmentHead) {
        let name = SegmentHead.fileName(head.id)
        if head.previousLast + 1 != head.bornSequence {
            damages.add(name, 0, "the head contradicts itself")
        }
        guard let before = state.segments[head.previous], before.kind == .log else { return }
        if before.end != head.previousEnd {
            damages.add(
                before.fileName, min(before.end, head.previousEnd),
                "\(name) says that this segment ends at \(head.previousEnd), not \(before.end)")
        }
        if before.sums.lastSequence > head.previousLast {
            damages.add(name, 0, "the segment before has later records than the head says")
        }
    }
}
