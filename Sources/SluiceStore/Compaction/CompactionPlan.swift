/// Which segments to compact next.
struct CompactionPlan {
    var victims: [Segment]
    /// The sequence number that the segment written will be born with.
    var bornSequence: UInt64
    /// A tombstone older than this may go: every segment that stays was born later, so none holds
    /// an older version of its key.
    var floor: UInt64
}

extension StoreState {
    private struct Candidate {
        var segment: Segment
        /// Bytes that have to be copied.
        var kept: Int
        /// Bytes that come back.
        var gain: Int

        /// The part that comes back, in thousandths.
        var share: Int { gain * 1000 / max(1, gain + kept) }
    }

    /// Bytes of all segments.
    var totalBytes: Int {
        segments.values.reduce(0) { $0 + $1.end }
    }

    /// Bytes of records, and bytes that hold none that is live, heads of segments aside.
    var usage: (live: Int, waste: Int) {
        var (live, waste) = (0, 0)
        for segment in segments.values {
            live += segment.liveBytes
            waste += segment.end - SegmentHead.byteCount - segment.liveBytes
        }
        return (live, waste)
    }

    /// The segments worth compacting, best first, or nil.
    ///
    /// A forced plan takes every byte it can get; another wants a tenth of a segment at least.
    func plan(isForced: Bool, segmentBytes: Int) -> CompactionPlan? {
        let candidates = candidates(isForced: isForced)
        var taken: [Segment] = []
        var room = segmentBytes
        for candidate in candidates where taken.isEmpty || candidate.kept <= room {
            // Copying a fuller segment now costs more than waiting until it has emptied.
            if !isForced, let best = candidates.first, candidate.share < best.share * 3 / 4 {
                break
            }
            taken.append(candidate.segment)
            // What leaves nothing behind needs no new segment, if it goes alone.
            if candidate.kept == 0, taken.count == 1 { break }
            room -= candidate.kept
            if taken.count == 16 || room <= 0 { break }
        }
        guard !taken.isEmpty else { return nil }
        return CompactionPlan(
            victims: taken, bornSequence: revision + 1, floor: floor(without: taken))
    }

    /// The smallest birth among all segments on disk but these.
    private func floor(without victims: [Segment]) -> UInt64 {
        let ids = Set(victims.map(\.id))
        let others = segments.values.filter { !ids.contains($0.id) } + retired
        return others.map(\.bornSequence).min() ?? revision + 1
    }

    private func candidates(isForced: Bool) -> [Candidate] {
        let eligible = segments.values.filter { $0.isSealed && !$0.isDamaged }
        var found: [Candidate] = []
        for segment in eligible {
            let content = segment.end - SegmentHead.byteCount
            let canDrop =
                segment.tombstoneBytes > 0
                && segment.lastSequence < floor(without: [segment])
            let kept = segment.liveBytes + (canDrop ? 0 : segment.tombstoneBytes)
            let gain = content - kept
            if content == 0 { found.append(Candidate(segment: segment, kept: 0, gain: 1)) }
            let isWorthIt = isForced ? gain > 0 : gain * 10 >= max(1, content)
            // A copy carries its time; one that only swaps frames for times gains nothing.
            let isCopied = segment.kind == .compacted || gain > segment.frameBytes
            if isWorthIt, isCopied || !isForced {
                found.append(Candidate(segment: segment, kept: kept, gain: gain))
            }
        }
        found.sort { $0.share > $1.share }
        return found.isEmpty ? blockers(eligible, isForced: isForced) : found
    }

    /// Where only tombstones are in the way: the segment that keeps them from going, which is the
    /// one born first, and those that hold most of them.
    private func blockers(_ eligible: [Segment], isForced: Bool) -> [Candidate] {
        let tombstoneBytes = eligible.reduce(0) { $0 + $1.tombstoneBytes }
        guard tombstoneBytes > (isForced ? 0 : totalBytes / 5) else { return [] }
        let youngest = eligible.filter { $0.tombstoneBytes > 0 }.map(\.lastSequence).max() ?? 0
        let blocking = eligible.filter { $0.bornSequence <= youngest && $0.tombstoneBytes == 0 }
        guard let first = blocking.min(by: { $0.bornSequence < $1.bornSequence }) else {
            return []
        }
        let holders = eligible.filter { $0.tombstoneBytes > 0 }.sorted {
            $0.tombstoneBytes > $1.tombstoneBytes
        }
        return ([first] + holders).map {
            Candidate(segment: $0, kept: $0.liveBytes, gain: $0.tombstoneBytes)
        }
    }
}
