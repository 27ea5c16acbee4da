/// Which segments to compact next.
struct CompactionPlan {
    var victims: [Segment]
    /// The sequence number that the segment written will be born with.
    var bornSequence: UInt64
    /// A tombstone older than this may go: every segment that stays was born later, so none holds
    /// an older version of its key.
    var floor: UInt64
}

/// Chooses segments; made from the state under its lock.
struct CompactionPlanner {
    private struct Candidate {
        var segment: Segment
        /// Bytes that have to be copied.
        var kept: Int
        /// Bytes that come back.
        var gain: Int

        /// The part that comes back, in thousandths.
        var share: Int { gain * 1000 / max(1, gain + kept) }
    }

    let state: StoreState
    /// The index of everything before this place is in runs; only such segments are compacted.
    let covered: LogPosition
    /// The oldest revision that history reaches back to.
    let horizon: UInt64
    /// Births of segments whose files may still be there.
    let strayBirths: [UInt64]

    /// The segments worth compacting, best first, or nil.
    ///
    /// A forced plan takes every byte it can get; another wants a tenth of a segment at least. Where
    /// `limit` is given, it writes no more than that.
    func plan(isForced: Bool, segmentBytes: Int, room limit: Int? = nil) -> CompactionPlan? {
        let candidates = candidates(isForced: isForced).filter { $0.kept <= limit ?? .max }
        var taken: [Segment] = []
        var room = limit ?? segmentBytes
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
            victims: taken, bornSequence: state.revision + 1, floor: floor(without: taken))
    }

    /// Bytes that forced rounds will read and write, as far as can be told before.
    var forcedWork: Int {
        candidates(isForced: true).reduce(0) { $0 + $1.gain + 2 * $1.kept }
    }

    /// The smallest birth among all segments on disk but these.
    private func floor(without victims: [Segment]) -> UInt64 {
        let ids = Set(victims.map(\.id))
        let births =
            state.segments.values.filter { !ids.contains($0.id) }.map(\.bornSequence) + strayBirths
        return births.min() ?? state.revision + 1
    }

    /// Segments that may be compacted at all.
    private var eligible: [Segment] {
        let logs = state.segments.values.filter { $0.kind == .log }.sorted { $0.id < $1.id }
        let ends = Dictionary(
            zip(logs, logs.dropFirst()).map { ($0.id, $1.bornSequence) },
            uniquingKeysWith: { one, _ in one })
        return state.segments.values.filter { segment in
            guard segment.isSealed, !segment.isDamaged else { return false }
            guard segment.kind == .log else { return true }
            guard segment.id < covered.segment else { return false }
            guard state.keepsHistory else { return true }
            // The log within history stays as it is, empty segments too: it tells of every change.
            guard let end = ends[segment.id], end > 0 else { return false }
            return end - 1 <= horizon
        }
    }

    private func candidates(isForced: Bool) -> [Candidate] {
        let eligible = eligible
        var found: [Candidate] = []
        for segment in eligible {
            let sums = segment.sums
            let content = sums.end - SegmentHead.byteCount
            let live = sums.keptBytes(horizon: horizon)
            let canDrop =
                sums.tombstoneBytes > 0 && sums.lastSequence < floor(without: [segment])
                && sums.lastSequence <= horizon
            let kept = live + (canDrop ? 0 : sums.tombstoneBytes)
            let gain = content - kept
            if content == 0 { found.append(Candidate(segment: segment, kept: 0, gain: 1)) }
            let isWorthIt = isForced ? gain > 0 : gain * 10 >= max(1, content)
            // A copy carries its time; one that only swaps frames for times gains nothing.
            let isCopied = segment.kind == .compacted || gain > sums.frameBytes
            if isWorthIt, isCopied || !isForced {
                found.append(Candidate(segment: segment, kept: kept, gain: gain))
            }
        }
        found.sort { ($0.share, $1.segment.id) > ($1.share, $0.segment.id) }
        return found.isEmpty ? blockers(eligible, isForced: isForced) : found
    }

    /// Where only tombstones are in the way: the segment that keeps them from going, which is the
    /// one born first, and those that hold most of them.
    private func blockers(_ eligible: [Segment], isForced: Bool) -> [Candidate] {
        let tombstoneBytes = eligible.reduce(0) { $0 + $1.sums.tombstoneBytes }
        guard tombstoneBytes > (isForced ? 0 : state.totalBytes / 5) else { return [] }
        let holders = eligible.filter {
            $0.sums.tombstoneBytes > 0 && $0.sums.lastSequence <= horizon
        }.sorted { $0.sums.tombstoneBytes > $1.sums.tombstoneBytes }
        let youngest = holders.map(\.sums.lastSequence).max() ?? 0
        let blocking = eligible.filter {
            $0.bornSequence <= youngest && $0.sums.tombstoneBytes == 0
        }
        guard let first = blocking.min(by: { $0.bornSequence < $1.bornSequence }) else {
            return []
        }
        return ([first] + holders).map {
            Candidate(
                segment: $0, kept: $0.sums.keptBytes(horizon: horizon),
                gain: $0.sums.tombstoneBytes)
        }
    }
}
