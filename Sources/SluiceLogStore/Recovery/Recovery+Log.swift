extension Recovery {
    /// Replays the log segments in order, up to a torn tail.
    mutating func replayLog() throws(LogStoreError) {
        try cutUnreached()
        for (index, one) in logs.enumerated() {
            let next = index + 1 < logs.count ? logs[index + 1] : nil
            // The next head says where this segment ends; a gap of compacted ones hides it.
            let linkedEnd = next.flatMap {
                $0.hasHead && $0.head.previous == one.head.id ? $0.head.previousEnd : nil
            }
            let limit = min(one.size, linkedEnd ?? one.size)
            let reader = SegmentReader(
                id: one.head.id, file: one.segment.file, identity: place.identity, limit: limit)
            if try replay(one, reader, linkedEnd: linkedEnd, isLast: next == nil) {
                return cut(from: index + 1)
            }
        }
    }

    /// Drops the newest segments from the first on that a crash may have left without what comes
    /// before it: its own head, or the segment that it follows.
    private mutating func cutUnreached() throws(LogStoreError) {
        for (index, one) in logs.enumerated() {
            // What comes before the segment that the runs cover is not looked at.
            if one.head.id == covered.segment { continue }
            let earlier = index > 0 ? logs[index - 1].head.id : 0
            let isGap = one.hasHead && one.head.previous > earlier && hasManifestToTrust
            guard !one.hasHead || isGap else { continue }
            let reader = SegmentReader(
                id: one.head.id, file: one.segment.file, identity: place.identity, limit: one.size)
            let start = LogPosition(segment: one.head.id, offset: SegmentHead.byteCount)
            try gatherPromises(from: start, reader)
            // Compaction removes a segment only when the log is durable beyond it.
            if isGap ? promise.segment < one.head.previous : promise <= start {
                return cut(from: index)
            }
        }
    }

    /// Drops log segments from an index on: they come behind a torn tail.
    private mutating func cut(from index: Int) {
        for one in logs[index...] {
            report.bytesCut += one.size
            doomed.append(one)
            remove(one.head.id)
        }
        logs.removeSubrange(index...)
        hasRefuse = true
    }

    /// Replays one log segment; gives whether the log was cut inside it.
    private mutating func replay(
        _ one: Found, _ reader: SegmentReader, linkedEnd: Int?, isLast: Bool
    ) throws(LogStoreError) -> Bool {
        let segment = one.segment
        segment.isSealed = !isLast
        // What is covered was read when it was written.
        var place = one.head.id == covered.segment ? covered.offset : SegmentHead.byteCount {
            didSet { segment.end = place }
        }
        segment.end = place
        defer {
            end = LogPosition(segment: one.head.id, offset: place)
        }
        // A segment that is promised is there with its head at least; of one that the runs cover
        // the manifest tells the length.
        if one.head.id != covered.segment, one.size < SegmentHead.byteCount,
            promise >= LogPosition(segment: one.head.id, offset: SegmentHead.byteCount)
        {
            loss(one.head.id, one.size, "the segment ends before its last records")
        }
        while place != linkedEnd {
            switch try reader.group(at: place) {
            case .group(let group, let groupEnd):
                promise = max(promise, group.synced)
                lastTime = max(lastTime, group.time)
                // Behind damage nobody knows what came before.
                if !segment.isDamaged { segment.mark(place, after: lastSequence) }
                segment.sums.frameBytes += RecordFrame.byteCount
                try reader.batch.forEach { item, key throws(LogStoreError) in
                    segment.sums.note(item.frame)
                    try enter(item.frame, item.created, key, in: segment, at: item.offset)
                }
                lastSequence = max(lastSequence, group.lastSequence)
                place = groupEnd
                continue
            case .seal(let seal) where seal.end == place && linkedEnd == nil:
                segment.isSealed = true
                for id in seal.segments {
                    promise = max(promise, LogPosition(segment: id, offset: SegmentHead.byteCount))
                }
                return false
            case .seal, .broken:
                break
            case .blank:
                let mayEnd = linkedEnd == nil && isEnd(one, place, isLast: isLast)
                if mayEnd, try reader.endOfContent(from: place) == place { return false }
            }
            // The segment whose head told this end may have been compacted; the manifest tells it too.
            if !isLast, linkedEnd == nil, isEnd(one, place, isLast: false) { return false }
            let position = LogPosition(segment: one.head.id, offset: place)
            try gatherPromises(from: position, reader)
            // An owner may have ended the group while what lies behind it was read.
            reader.forgetBytes()
            if case .group = try reader.group(at: place) { continue }
            guard promise > position else {
                hasRefuse = true
                report.bytesCut += max(0, try reader.endOfContent(from: place) - place)
                return true
            }
            // All that was promised is read record by record; behind it groups count again.
            let promised = promise.segment > one.head.id ? linkedEnd ?? one.size : promise.offset
            let start = try passSeal(one, reader, at: place)
            let sealed = try salvage(one, reader, from: start, to: min(promised, reader.limit))
            place = sealed ?? promised
            if sealed == nil, promised >= reader.limit {
                if promised > reader.limit || linkedEnd == nil && !isLast {
                    loss(one.head.id, reader.limit, "the segment ends before its last records")
                }
                hasRefuse = isLast
                return false
            }
        }
        try checkOverhang(one)
        return false
    }

    /// Names a seal that does not end its segment; gives the place behind it, or the same place
    /// where there is none.
    private mutating func passSeal(
        _ one: Found, _ reader: SegmentReader, at place: Int
    ) throws(LogStoreError) -> Int {
        guard case .record(let frame) = try reader.record(at: place),
            frame.kind == RecordKind.seal.rawValue
        else { return place }
        damage(one.head.id, place, "a seal lies between records")
        return place + frame.length
    }

    /// Notes a segment that goes on behind its end with something other than its seal.
    ///
    /// A recovery that copied the rest elsewhere was cut short before it could cut that off.
    private mutating func checkOverhang(_ one: Found) throws(LogStoreError) {
        let end = one.segment.end
        guard one.size > end else { return }
        let reader = SegmentReader(
            id: one.head.id, file: one.segment.file, identity: place.identity, limit: one.size)
        if case .seal = try reader.group(at: end) { return }
        overhangs.append(one.segment)
    }

    /// Whether a segment may end here: the last one anywhere, another where it was seen to end.
    private func isEnd(_ one: Found, _ place: Int, isLast: Bool) -> Bool {
        let position = LogPosition(segment: one.head.id, offset: place)
        if isLast { return promise <= position }
        return manifest?.segments.contains { $0.id == one.head.id && $0.sums.end == place } ?? false
    }

    /// Looks behind a bad place for later groups that promise more than that place.
    private mutating func gatherPromises(
        from position: LogPosition, _ reader: SegmentReader
    ) throws(LogStoreError) {
        if let found = try reader.promise(from: position.offset) { promise = max(promise, found) }
        for later in logs where later.head.id > position.segment {
            let reader = SegmentReader(
                id: later.head.id, file: later.segment.file, identity: place.identity,
                limit: later.size)
            if let found = try reader.promise(from: SegmentHead.byteCount) {
                promise = max(promise, found)
            }
        }
    }

    /// Replays a segment that compaction wrote: records up to its seal.
    ///
    /// Gives the segments whose place it took.
    mutating func replayCompacted(_ one: Found) throws(LogStoreError) -> [UInt32] {
        let reader = SegmentReader(
            id: one.head.id, file: one.segment.file, identity: place.identity, limit: one.size)
        one.segment.isSealed = true
        one.segment.end = one.size
        guard
            let end = try salvage(one, reader, from: SegmentHead.byteCount, to: one.size),
            case .seal(let seal) = try reader.group(at: end), seal.end == end
        else {
            loss(one.head.id, one.size, "the segment ends before its seal")
            return []
        }
        one.segment.end = end
        return one.segment.isDamaged ? [] : seal.segments
    }

    /// Enters whatever verifies between two places and names whatever does not.
    ///
    /// Gives the place of a seal that ended the search.
    @discardableResult
    mutating func salvage(
        _ one: Found, _ reader: SegmentReader, from start: Int, to end: Int
    ) throws(LogStoreError) -> Int? {
        var place = start
        while place < end {
            switch try reader.record(at: place) {
            case .record(let frame) where frame.kind == RecordKind.seal.rawValue:
                return place
            case .record(let frame) where frame.kind == RecordKind.group.rawValue:
                let group = GroupFrame(frame)
                lastTime = max(lastTime, group.time)
                lastSequence = max(lastSequence, group.lastSequence)
                one.segment.sums.frameBytes += RecordFrame.byteCount
                place += RecordFrame.byteCount
            case .record(let frame):
                one.segment.sums.note(frame)
                try enter(frame, reader.created, reader.key, in: one.segment, at: place)
                place += frame.length
            case .damagedValue(let frame) where frame.kind == RecordKind.group.rawValue:
                // Its records have hashes of their own.
                damage(one.head.id, place, "the frame of a group does not verify")
                lastSequence = max(lastSequence, frame.sequence)
                place += RecordFrame.byteCount
            case .damagedValue(let frame):
                // The index learns the place, so that reading the key fails and names it.
                damage(
                    one.head.id, place, "the value of a record does not verify",
                    key: Array(reader.key))
                if frame.isContent {
                    one.segment.sums.note(frame)
                    try enter(frame, reader.created, reader.key, in: one.segment, at: place)
                }
                place += frame.length
            case .blank, .garbage:
                let next = try reader.resynchronise(from: place + 1, to: end)
                loss(
                    one.head.id, place,
                    "\((next ?? end) - place) bytes hold no record that verifies")
                place = next ?? end
            }
        }
        return nil
    }
}
