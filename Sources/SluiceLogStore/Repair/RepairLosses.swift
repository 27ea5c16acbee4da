/// What repair could not save, as far as it can be told.
///
/// Revisions of the log follow each other without a gap, so those between two records that verify
/// are lost where bytes between them do not. Where the old store's index is sound, it tells the keys
/// of all that it covers, and only what is lost behind that is unknown.
struct RepairLosses {
    /// A put whose head verifies and whose value does not.
    struct Damaged {
        var collection: UInt16
        var key: [UInt8]
        var revision: UInt64
        var expiresAt: Int64
    }

    /// Lost revisions up to this many are remembered one by one, to find later ones of their keys.
    private static let maximumRemembered = 1 << 16
    /// Ranges after which no more are listed.
    private static let maximumRanges = 10_000
    /// Damaged records after which no more are kept.
    private static let maximumDamaged = 10_000

    /// The index knows the newest versions up to this revision; 0 where there is none.
    let covered: UInt64
    /// Records that are lost, as far as they can be counted.
    private(set) var records = 0
    /// Records that were mended.
    var mended = 0
    /// Bytes that should hold records and hold none that verifies.
    var bytes = 0
    /// The last revision before an end of the log that is lost.
    private(set) var lastSound: UInt64?
    /// The log behind this revision is there from segment to segment; of what came before,
    /// compaction may have removed versions because of later ones.
    private(set) var wholeBehind: UInt64 = 0
    /// The newest revision of a record whose head verifies.
    private(set) var newest: UInt64 = 0
    /// No revision up to this one must be given again.
    private(set) var lastGiven: UInt64
    /// Whether the manifest tells the last revision.
    private let isEndKnown: Bool
    /// What is lost and of which nobody knows the keys.
    private var ranges: [ClosedRange<UInt64>] = []
    /// The same, as long as there are few of them.
    private var remembered: Set<UInt64>? = []
    /// The last of all these revisions.
    private var lastUnknown: UInt64 = 0
    /// What was lost in places that do not tell revisions was given before this one.
    private var lostBefore: UInt64 = 0

    /// Puts whose values are lost.
    private(set) var damaged: [Damaged] = []

    /// Where the walk over the log is: the last revision, and whether what comes next is lost.
    private var log: (last: UInt64, isBroken: Bool)?

    init(covered: UInt64, lastGiven: UInt64, isEndKnown: Bool) {
        self.covered = covered
        self.lastGiven = lastGiven
        self.isEndKnown = isEndKnown
    }

    /// Keys whose newest version is older may have been replaced or deleted in what is lost.
    var doubtBefore: UInt64 {
        max(lostBefore, remembered.map { $0.max() ?? 0 } ?? lastUnknown)
    }

    /// The lost revisions of which nobody knows the keys.
    var revisions: [ClosedRange<Int64>] {
        func range(_ revisions: ClosedRange<UInt64>) -> ClosedRange<Int64> {
            Int64(clamping: revisions.lowerBound)...Int64(clamping: revisions.upperBound)
        }
        guard let remembered else { return ranges.map(range) }
        var found: [ClosedRange<UInt64>] = []
        for revision in remembered.sorted() {
            if let last = found.last, last.upperBound + 1 == revision {
                found[found.count - 1] = last.lowerBound...revision
            } else {
                found.append(revision...revision)
            }
        }
        return found.prefix(Self.maximumRanges).map(range)
    }

    // MARK: Records

    /// A record whose head verifies, in a segment of any kind.
    mutating func note(_ frame: RecordFrame) {
        guard frame.collection >= SystemCollection.firstUser else { return }
        newest = max(newest, frame.sequence)
        lastGiven = max(lastGiven, frame.sequence)
        // The key of the version before this one is known, and has a newer version.
        remembered?.remove(frame.previous)
    }

    /// The same of a record whose value does not verify.
    mutating func lose(_ frame: RecordFrame, key: [UInt8]) {
        records += 1
        bytes += frame.length
        guard frame.kind == RecordKind.put.rawValue, damaged.count < Self.maximumDamaged else {
            return
        }
        damaged.append(
            Damaged(
                collection: frame.collection, key: key, revision: frame.sequence,
                expiresAt: frame.expiresAt))
    }

    /// Revisions that are lost wherever they lay, of keys that only the index may know.
    private mutating func lose(_ first: UInt64, _ last: UInt64) {
        guard first <= last else { return }
        records += Int(clamping: last - first + 1)
        lastGiven = max(lastGiven, last)
        let first = max(first, covered + 1)
        guard first <= last else { return }
        lastUnknown = max(lastUnknown, last)
        if ranges.count < Self.maximumRanges { ranges.append(first...last) }
        guard let known = remembered else { return }
        if known.count + Int(clamping: last - first) < Self.maximumRemembered {
            remembered?.formUnion(first...last)
        } else {
            remembered = nil
        }
    }

    // MARK: The log

    /// Goes on to a log segment; `isLinked` where it follows the one before, or is the first of all.
    ///
    /// Where one is missing before it that held the log behind revision `missing`, what lay between
    /// is lost.
    mutating func begin(_ segment: Segment, isLinked: Bool, missing: UInt64?) {
        let last = max(log?.last ?? 0, missing ?? 0)
        let hasHead = segment.bornSequence > 0
        let before = hasHead ? segment.bornSequence - 1 : last
        if missing != nil || log?.isBroken ?? false { lose(last + 1, before) }
        log = (max(before, last), !hasHead)
        if !isLinked { wholeBehind = before }
    }

    /// A record of the log segment at hand.
    mutating func follow(_ frame: RecordFrame) {
        guard frame.collection >= SystemCollection.firstUser, let log else { return }
        if log.isBroken { lose(log.last + 1, frame.sequence - 1) }
        self.log = (max(log.last, frame.sequence), false)
    }

    /// Bytes of a segment hold no record; those of a compacted one are counted by its seal.
    mutating func breakLog(in segment: Segment) {
        if segment.kind == .log { log?.isBroken = true }
    }

    /// The end of the log; `isWhole` where no segment is known to have followed.
    mutating func end(isWhole: Bool) {
        guard log?.isBroken ?? false || !isWhole else { return }
        let last = max(log?.last ?? 0, newest)
        lastSound = last
        if lastGiven > last { records += Int(clamping: lastGiven - last) }
        // Every record has a key.
        let most = UInt64(max(0, bytes)) / UInt64(RecordFrame.byteCount + 1)
        if !isEndKnown { lastGiven = max(lastGiven, last + most) }
    }

    // MARK: Other segments

    /// Records of a segment that compaction wrote, of which only the index knows the keys.
    mutating func lose(records count: Int, before born: UInt64, isIndexed: Bool) {
        records += max(0, count)
        if !isIndexed { lostBefore = max(lostBefore, born) }
    }

    /// What compaction may have removed because of revisions that are lost behind the end.
    mutating func doubtAll(through revision: UInt64) {
        lostBefore = max(lostBefore, revision + 1)
    }
}
