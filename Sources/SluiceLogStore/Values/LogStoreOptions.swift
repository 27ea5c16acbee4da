public import SluiceStore
import SluiceSystem

/// When a write counts as done.
public enum LogStoreSync: Sendable, Hashable {
    /// After `fdatasync`: it survives a power loss.
    case always
    /// After the write to the operating system, which is synced every so many milliseconds.
    case every(milliseconds: Int)
    /// After the write to the operating system: it survives the process, not a power loss.
    case never

    /// Whether a power loss leaves something that was promised, which recovery must not lose
    /// when the power goes again.
    var promises: Bool { self != .never }
}

/// How a store is opened; each limit with its default and reason.
public struct LogStoreOptions: Sendable {
    /// The cap: bytes of live records, 32 + key + value each.
    ///
    /// Default 1 GiB, at least 1.
    public var maximumLiveBytes: Int
    /// When a write counts as done.
    ///
    /// Default `.always`.
    public var sync: LogStoreSync
    /// How long to wait for another owner of the folder to let go.
    ///
    /// Default 5000; 0 tries once.
    public var lockTimeoutMilliseconds: Int
    /// No threads: every step runs inside the caller's call.
    ///
    /// For virtual time and simulation.
    public var isInline: Bool
    /// Milliseconds since 1970; the default is the system's clock.
    ///
    /// The store never lets time go behind the newest time in its log.
    public var clock: @Sendable () -> Int64
    /// Bytes of memory for the index and the buffers of background work.
    ///
    /// Default 64 MiB, at least 1 MiB. Beside it the store needs at most 2 bytes a key.
    public var memoryBytes: Int
    /// How many revisions back `get`, `find` and `changes` reach at least; 0 gives up what is
    /// replaced.
    ///
    /// Default nil: what the last owner asked for holds, which the store remembers; a new store
    /// keeps no history. What is kept takes space beside
    /// the cap.
    public var keepRevisions: Int?
    /// How many hours back they reach at least; default nil, which stands for the same.
    ///
    /// Reckoned by whole segments, so somewhat more is kept. With both settings what either
    /// asks for is kept.
    public var keepHours: Int?
    /// Opens a store that another process may own: nothing is written, not even a lock.
    ///
    /// It shows the log up to its last whole group at the time of opening.
    public var isReadOnly: Bool
    /// Reads a store that has lost records although nobody can tell which: an older value may
    /// stand in the place of a newer one.
    ///
    /// Default false: opening fails with `corrupt`. Counts only with `isReadOnly`.
    public var readsAsFound: Bool
    /// Reads files through memory where the system can.
    ///
    /// Default true. An error of the device then ends the process with a signal where a read
    /// would have failed with `io`; set it to false where that matters more than speed.
    public var mapsFiles: Bool
    /// Bytes at which a segment is sealed; nil means min(64 MiB, max(256 KiB, cap / 8)).
    ///
    /// While few bytes are live it is sealed earlier, but not below 4 MiB.
    public var segmentBytes: Int?
    /// The merge operators that writes may name; none unless given.
    public var operators: MergeOperators
    /// The lock of a folder that is being made from another store, so that it need not be
    /// finished.
    var lockOfMaking: (any FileLock)?
    /// Takes note of what the device cannot read of segments, which then reads as zeros; nil
    /// makes it an error.
    var badBlocks: BadBlocks?

    /// Options with the defaults named at each property; a nil clock is the system's.
    public init(
        maximumLiveBytes: Int = 1 << 30,
        sync: LogStoreSync = .always,
        lockTimeoutMilliseconds: Int = 5000,
        isInline: Bool = false,
        clock: (@Sendable () -> Int64)? = nil,
        memoryBytes: Int = 64 << 20,
        keepRevisions: Int? = nil,
        keepHours: Int? = nil,
        isReadOnly: Bool = false,
        readsAsFound: Bool = false,
        mapsFiles: Bool = true,
        segmentBytes: Int? = nil,
        operators: MergeOperators = MergeOperators()
    ) {
        self.maximumLiveBytes = maximumLiveBytes
        self.sync = sync
        self.lockTimeoutMilliseconds = lockTimeoutMilliseconds
        self.isInline = isInline
        self.clock = clock ?? { SystemClock.milliseconds() }
        self.memoryBytes = memoryBytes
        self.keepRevisions = keepRevisions
        self.keepHours = keepHours
        self.isReadOnly = isReadOnly
        self.readsAsFound = readsAsFound
        self.mapsFiles = mapsFiles
        self.segmentBytes = segmentBytes
        self.operators = operators
    }
}
