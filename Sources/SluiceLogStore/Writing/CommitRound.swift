/// Work that is committed together, as far as it is done.
struct CommitRound {
    let work: [CommitQueue.Work]
    /// The results so far; those of the last piece of work may end before its last write.
    var results: [CommitQueue.Results] = []
    /// The piece of work that is begun or comes next.
    var next = 0
    /// Whether the active memtable is to be ended behind the round.
    var asksToFreeze = false
    /// Whether the sums are to be counted anew behind the round, if they are wrong.
    var asksToRecount = false

    init(_ work: [CommitQueue.Work]) {
        self.work = work
        results.reserveCapacity(work.count)
    }
}

/// What the log has come to: all that maintenance goes by.
struct CommitReport {
    /// The last sequence number given.
    var lastSequence: UInt64
    /// Where the log ends.
    var end: LogPosition
    /// Bytes written since the store was opened.
    var bytesWritten: Int
    /// Bytes at which the active segment is sealed.
    var segmentBytes: Int
    /// Whether a write was refused for want of space since the last report.
    var isShortOfSpace: Bool
}

/// Why the committer stopped.
enum Shortage {
    /// The device is full, and compaction may make room.
    case room
    /// The device is too full even for what makes room, while background work may take some.
    case quiet
}

/// What the committer is told of the room on the device.
enum Room {
    /// Nobody has looked: what needs some stops the committer.
    case unknown
    /// There is none: what needs some fails, once.
    case none
    /// Nobody else takes any: a group that makes room fails where there is too little, once.
    case quiet
}
