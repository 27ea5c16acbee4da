import SluiceSystem

/// The growing end of the log.
///
/// Used only by whoever commits, which debug builds check.
final class Log {
    /// Who commits.
    let turn = Custody()

    let place: Place
    let durability: Durability
    private let ids: FileIDs
    /// The lock of the folder, which the engine lets go when the store closes.
    private(set) weak var lock: (any FileLock)?
    private(set) var active: Segment
    private(set) var activePath: String
    /// Where the next group begins.
    @exclusivity(unchecked) private(set) var end: Int
    /// What was on the device when the last group was written.
    @exclusivity(unchecked) private(set) var synced: LogPosition
    /// The file is zeroed up to here, so that appends change no metadata.
    @exclusivity(unchecked) private var extended: Int
    private var lastStep = 0
    /// Whether all of it is reserved, so that writes go through memory.
    private var isReserved = false
    /// Memory is ready for writes up to here.
    private var prepared = 0
    /// Bytes at which the active segment is sealed.
    private(set) var segmentBytes: Int
    /// What the system lets a file of this process have, once it was met.
    private var largestFile = Int.max

    private static let zeros = [UInt8](repeating: 0, count: 64 << 10)
    private static let firstStep = 32 << 10
    private static let largestStep = 1 << 20

    /// A log that goes on in `segment` at `end`; behind it the file holds nothing but zeros.
    init(
        place: Place, durability: Durability, ids: FileIDs, lock: (any FileLock)?,
        segment: Segment, end: Int, fileSize: Int
    ) {
        self.place = place
        self.durability = durability
        self.ids = ids
        self.lock = lock
        active = segment
        activePath = place.path(segment.fileName)
        self.end = end
        segmentBytes = place.options.effectiveSegmentBytes
        extended = max(end, fileSize)
        synced = durability.synced
    }

    /// Finds room for a group and gives its place.
    ///
    /// Throws `diskFull` when a new segment is needed and the device has no space for it.
    func room(
        for byteCount: Int, lastSequence: UInt64, time: Int64
    ) throws(LogStoreError) -> (segment: Segment, offset: Int, replaced: Segment?) {
        turn.checkAlone("the log")
        let limit = segmentBytes - SealRecord.byteCount
        let isEmpty = end == SegmentHead.byteCount
        guard end + byteCount > limit, !isEmpty else {
            return (active, end, nil)
        }
        let old = active
        try roll(lastSequence: lastSequence, time: time)
        return (active, end, old)
    }

    /// Writes a group at the end of the log, durably if every write is to be.
    ///
    /// When there is no space the log is as before; any other failure is final. Space for later
    /// groups is taken as well if `takesSpaceAhead`.
    func write(_ group: GroupBuffer, takesSpaceAhead: Bool) throws(LogStoreError) {
        turn.checkAlone("the log")
        let isDurable = try writeDurably(group)
        if !isDurable {
            do throws(LogStoreError) {
                var offset = end
                for index in group.pieces.indices {
                    offset += try group.write(index, to: active.file, at: offset)
                }
                extend(beyond: offset, takesSpace: takesSpaceAhead)
            } catch {
                try rollBack(error)
            }
        }
        end += group.byteCount
        synced = durability.wrote(
            through: LogPosition(segment: active.id, offset: end), durably: isDurable)
        if place.options.sync == .always, synced < LogPosition(segment: active.id, offset: end) {
            try durability.sync()
            synced = durability.synced
        }
    }

    /// Writes a group durably where every write has to be and its space is there already; gives
    /// whether it did.
    ///
    /// Any failure but the want of space may be that of a sync, and is final. Where space was
    /// wanting, nothing counts that begins behind the log's end, on the device or not.
    private func writeDurably(_ group: GroupBuffer) throws(LogStoreError) -> Bool {
        guard place.options.sync == .always, end + group.byteCount <= extended else { return false }
        do throws(LogStoreError) {
            return try group.writeDurably(to: active.file, at: end)
        } catch {
            if case .io("pwrite", _, _) = error, error.isNoSpace { try rollBack(error) }
            throw durability.poison(error)
        }
    }

    /// Has segments sealed at so many bytes from now on, or at what a file may have.
    func seal(at byteCount: Int) {
        turn.checkAlone("the log")
        segmentBytes = min(byteCount, largestFile)
    }

    /// Cuts the zeroed space off, for closing.
    func trim() throws(LogStoreError) {
        turn.checkAlone("the log")
        if extended > end { try active.file.truncate(to: end) }
        extended = end
    }

    private func rollBack(_ error: LogStoreError) throws(LogStoreError) {
        guard error.isNoSpace else {
            throw durability.poison(error)
        }
        // What was written of the group never counts: the next one begins at the same place.
        try? active.file.truncate(to: end)
        extended = end
        if error.isFileTooLarge, end > SegmentHead.byteCount {
            largestFile = end + SealRecord.byteCount
            segmentBytes = largestFile
        }
        throw .diskFull("no space on the device: \(error)")
    }

    /// Whether another segment has room for a group for which this one has none.
    func canRoll(for byteCount: Int) -> Bool {
        end > SegmentHead.byteCount && end + byteCount > segmentBytes - SealRecord.byteCount
    }

    /// Makes the file longer than needed yet, so that most groups change its bytes only.
    ///
    /// While every group is synced the space ahead is zeroed, because overwriting zeros syncs
    /// fastest.
    private func extend(beyond offset: Int, takesSpace: Bool) {
        guard offset > extended else { return }
        extended = offset
        guard takesSpace else { return }
        let limit = segmentBytes
        if place.options.sync != .always, reserve(limit) { return }
        var step = min(max(lastStep * 2, Self.firstStep), Self.largestStep, limit - offset)
        guard step > 0 else { return }
        lastStep = step
        guard place.options.sync == .always else {
            // A hole costs nothing, and the writes into it leave the file's length alone.
            if (try? active.file.truncate(to: offset + step)) != nil { extended = offset + step }
            return
        }
        // As many zeros as data would double what the device writes, which then takes longer than
        // a change of the file's length.
        guard offset - end < Self.largestStep / 4 else { return }
        while step > 0 {
            let piece = min(step, Self.zeros.count)
            let isWritten = Self.zeros.withUnsafeBytes { zeros in
                (try? active.file.write(
                    UnsafeRawBufferPointer(rebasing: zeros[..<piece]), at: extended)) != nil
            }
            // No space for zeros is no failure: appends go on growing the file.
            guard isWritten else { return }
            extended += piece
            step -= piece
        }
    }

    /// Takes the space of the whole segment, so that writes need no system call.
    private func reserve(_ byteCount: Int) -> Bool {
        guard place.options.mapsFiles, extended < byteCount,
            active.file.reserve(count: byteCount)
        else { return false }
        extended = byteCount
        isReserved = true
        active.map(count: byteCount)
        return true
    }

    private static let smallestAhead = 64 << 10
    private static let largestAhead = 1 << 20

    /// What to make ready for the next writes; nil where there is enough, or nothing to do.
    ///
    /// An eighth of what was written since the last sync, since a sync writes it too.
    func stretchAhead() -> SpaceAhead.Stretch? {
        turn.checkAlone("the log")
        guard isReserved else { return nil }
        let ahead =
            synced.segment == active.id
            ? min((end - synced.offset) / 8, Self.largestAhead) : Self.largestAhead
        let start = max(end, prepared)
        guard ahead >= Self.smallestAhead, start < min(end + ahead / 2, extended) else {
            return nil
        }
        prepared = min(end + ahead, extended)
        return SpaceAhead.Stretch(file: active.file, range: start..<prepared)
    }

    // MARK: Segments

    /// Ends the active segment and begins the next.
    func roll(lastSequence: UInt64, time: Int64) throws(LogStoreError) {
        turn.checkAlone("the log")
        try durability.checkFolder(lock)
        if place.options.sync == .always { try durability.sync() }
        var head = SegmentHead(
            store: place.identity, id: ids.take(), kind: .log,
            bornSequence: lastSequence + 1)
        head.previous = active.id
        head.previousEnd = end
        head.previousLast = lastSequence
        head.synced = min(durability.synced, LogPosition(segment: active.id, offset: end))
        head.created = time
        let isSynced = place.options.sync == .always
        let segment: Segment
        do throws(LogStoreError) {
            segment = try Self.create(head, place: place, isSynced: isSynced)
        } catch {
            // Nothing was begun; it may be tried again.
            if error.isTooManyFiles { throw error }
            guard error.isNoSpace else {
                throw durability.poison(error)
            }
            throw .diskFull("no space on the device for another segment")
        }
        try seal(before: isSynced ? segment.id : nil)
        let start = LogPosition(segment: segment.id, offset: SegmentHead.byteCount)
        durability.began(segment, synced: isSynced ? start : nil)
        active.file.unlock()
        synced = durability.synced
        active = segment
        activePath = place.path(segment.fileName)
        end = SegmentHead.byteCount
        extended = end
        lastStep = 0
        isReserved = false
        prepared = 0
    }

    /// Ends the active segment; names the next where that is on the device, so that it is missed when
    /// it is gone.
    private func seal(before next: UInt32?) throws(LogStoreError) {
        let record = SealRecord(active.sums, end: end, naming: next.map { [$0] } ?? [])
        let bytes = record.encoded(seed: place.identity.seed(segment: active.id, offset: end))
        do throws(LogStoreError) {
            try active.file.write(bytes, at: end)
            try active.file.truncate(to: end + bytes.count)
            if place.options.sync == .always { try active.file.sync() }
        } catch {
            // The seal is a convenience, which nothing promises: the next segment's head says where
            // this one ends.
            guard error.isNoSpace else {
                throw durability.poison(error)
            }
            try? active.file.truncate(to: end)
        }
    }

    /// Creates a segment with its head.
    ///
    /// Leaves nothing behind when it fails.
    static func create(
        _ head: SegmentHead, place: Place, isSynced: Bool
    ) throws(LogStoreError) -> Segment {
        let path = place.path(SegmentHead.fileName(head.id))
        let file = try place.fileSystem.open(path, creating: true)
        do throws(LogStoreError) {
            try file.write(head.encoded(), at: 0)
            if isSynced {
                try file.sync()
                try place.fileSystem.syncDirectory(place.directory)
            }
        } catch {
            try? place.fileSystem.remove(path)
            throw error
        }
        _ = file.lock()
        return Segment(head: head, file: file)
    }
}
