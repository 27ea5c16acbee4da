import SluiceStore
public import SluiceSystem

/// An embedded document store on an append-only log.
///
/// The log is the database: every record lies in a segment file, and the index only says where.
/// A store owns one folder. All methods may be called from any thread.
///
/// What it promises:
/// - Under `Sync.always`, what was acknowledged is there after a crash at any instruction, power
///   loss included. What was not acknowledged is there whole or not at all. Batches are atomic and
///   order is kept.
/// - Every record has a hash bound to its place. A torn tail is cut off and reported; damage
///   elsewhere is named in `recoveryReport`, and the damaged record is an error, never an old value.
/// - After a failed `fdatasync` the store takes no more writes until it is reopened. No space is no
///   such failure: the write fails with `LogStoreError.diskFull` and the store goes on.
/// - One owner: a second `open` of the folder waits, then fails with `LogStoreError.locked`.
/// - A read never waits for the disk of a writer.
/// - Space of overwritten, deleted and expired records comes back by compaction; nothing dead
///   returns.
///
/// Dropping the last reference closes the store.
public final class LogStore: Sendable {
    /// The longest key, in bytes.
    public static let maximumKeyBytes = LogStoreLimits.keyBytes
    /// The longest value, in bytes.
    public static let maximumValueBytes = LogStoreLimits.valueBytes
    /// The longest batch, in bytes on disk: 44 + key + value for each of its operations.
    public static let maximumBatchBytes = LogStoreLimits.batchBytes
    /// The longest name of a collection or cursor, in bytes.
    public static let maximumNameBytes = LogStoreLimits.nameBytes

    let engine: Engine

    init(engine: Engine) {
        self.engine = engine
    }

    deinit {
        try? engine.close()
    }

    /// Opens, and where needed creates, the store in folder `path` of a file system; the operating
    /// system's unless `files` is another one.
    ///
    /// Waits up to `options.lockTimeoutMilliseconds` for the lock and reads what is there, on a thread
    /// of its own, so that no thread of the caller's is held; in inline mode on the calling one. Throws
    /// `locked`, `io`, `unsupportedFormat`, `invalid` for a new store inside a store or a backup and for
    /// a path that no folder can have, `corrupt` when nothing in the folder can be read or records are
    /// known to be lost, or `cancelled` where the task is cancelled while it waits for the lock. What a
    /// failed opening of a new store has made is removed.
    public static func open(
        _ path: String, on files: any FileSystem = PosixFileSystem(),
        options: Options = Options()
    ) async throws(LogStoreError) -> LogStore {
        guard !options.isInline else { return try openAndWait(path, on: files, options: options) }
        let isCancelled = Monitor(false)
        let opened: Result<LogStore, LogStoreError> = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let thread = SystemThread {
                    do throws(LogStoreError) {
                        let store = try open(path, files, options) { isCancelled.withLock { $0 } }
                        continuation.resume(returning: .success(store))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
                if let thread {
                    thread.detach()
                } else {
                    continuation.resume(returning: .failure(.noThread))
                }
            }
        } onCancel: {
            isCancelled.change { $0 = true }
        }
        return try opened.get()
    }

    /// Does what `open` does and blocks the calling thread meanwhile.
    public static func openAndWait(
        _ path: String, on files: any FileSystem = PosixFileSystem(),
        options: Options = Options()
    ) throws(LogStoreError) -> LogStore {
        try open(path, files, options) { false }
    }

    private static func open(
        _ path: String, _ files: any FileSystem, _ options: Options, isCancelled: () -> Bool
    ) throws(LogStoreError) -> LogStore {
        try checkPaths(path)
        return LogStore(
            engine: try Engine.open(
                path, options: options, environment: Environment(fileSystem: files),
                isCancelled: isCancelled))
    }

    /// Refuses paths that the operating system would cut off at a NUL.
    static func checkPaths(_ paths: String...) throws(LogStoreError) {
        if paths.contains(where: { $0.utf8.contains(0) }) {
            throw .invalid("a path has a NUL character in it")
        }
    }

    // MARK: Collections

    /// Creates those of the collections that are missing, durably.
    ///
    /// Where the store is open for reading only, does nothing if none is missing, and throws `readOnly`
    /// otherwise.
    public func declare(collections: [String]) throws(LogStoreError) {
        try engine.declare(collections)
    }

    /// The names of all collections, sorted by bytes.
    public var collections: [String] {
        engine.reader.collections
    }

    // MARK: Writing

    /// Commits batches, each of which succeeds or fails on its own.
    ///
    /// They take effect in order, as one group with whatever other callers write at that time.
    /// Returns when they are as durable as `Options.sync` promises. Never blocks a thread of the
    /// caller on a sync, except in inline mode.
    public func write(_ writes: [Write]) async -> [Result<Outcome, LogStoreError>] {
        await engine.writer.write(writes)
    }

    /// Does what `write` does and blocks the calling thread meanwhile.
    public func writeAndWait(_ writes: [Write]) -> [Result<Outcome, LogStoreError>] {
        engine.writer.writeAndWait(writes)
    }

    // MARK: Reading

    /// The live record of a key, or nil; with `asOf` the one that was live at that revision and
    /// has not expired since.
    ///
    /// Throws `missingCollection`, `closed`, `io`, `corrupt` when the record does not verify, `gone`
    /// for a revision before `horizon`, and `invalid` for one after `revision`.
    public func get(
        _ collection: String, _ key: [UInt8], asOf: Int64? = nil
    ) throws(LogStoreError) -> Record? {
        try engine.reader.get(collection, key, asOf: asOf)
    }

    /// Puts the value of a live key in the place of what `buffer` holds, whose memory is used again
    /// where the value fits; gives false, and leaves the buffer alone, for an absent key.
    ///
    /// The fastest way to a copy of a large value. Throws what `get` does; then the buffer's content
    /// means nothing.
    public func read(
        _ collection: String, _ key: [UInt8], into buffer: inout [UInt8]
    ) throws(LogStoreError) -> Bool {
        try engine.reader.read(collection, key, into: &buffer)
    }

    /// Runs `body` with the value of a live key where it lies, without copying it; nil for an
    /// absent key.
    ///
    /// The bytes are valid only inside `body`. Throws what `get` does, and what `body` throws as
    /// `cancelled`.
    public func withValue<R>(
        _ collection: String, _ key: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws(LogStoreError) -> R? {
        try engine.reader.withValue(collection, key, body)
    }

    /// The versions of a key that are kept, newest first, at most `limit`; 0 for all of them.
    ///
    /// Without `Options.keepRevisions` or `keepHours` that is the newest one. A version that has
    /// expired is told as a delete; one that is damaged has no value, and its `damage` says why.
    public func history(
        _ collection: String, _ key: [UInt8], limit: Int = 0
    ) throws(LogStoreError) -> [Version] {
        try engine.reader.history(collection, key, limit: limit)
    }

    /// Gives the bytes of key and value of each record that a search covers, without copying them,
    /// until `body` says no.
    ///
    /// Over one consistent snapshot, from which `where`, `keysOnly` and the limits of a page are
    /// left out. The bytes are valid only inside `body`.
    public func scan(
        _ collection: String, _ find: Find,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
    ) throws(LogStoreError) {
        try engine.reader.scan(collection, find, body)
    }

    /// A consistent view of the whole store as it is now.
    public func snapshot() throws(LogStoreError) -> Snapshot {
        Snapshot(reader: engine.reader, point: try engine.reader.readPoint(asOf: nil))
    }

    /// The oldest revision that `get` and `find` may be asked for.
    public var horizon: Int64 {
        engine.reader.horizon
    }

    /// One page of a search, over one consistent snapshot.
    public func find(
        _ collection: String, _ find: Find = Find()
    ) throws(LogStoreError) -> Page {
        try engine.reader.find(collection, find)
    }

    /// The newest acknowledged revision; 0 for an empty store.
    ///
    /// It only grows.
    public var revision: Int64 {
        engine.reader.revision
    }

    // MARK: Changes

    /// Acknowledged changes after `revision`, in order of revision, at most `limit`.
    ///
    /// A page also ends when its records come to 16 MiB; `ChangePage.through` says where the next
    /// one begins. A change may be given whose record has expired since. Damage ends no page: what
    /// is sound behind it is given too.
    ///
    /// Throws `gone` when compaction has removed some of them.
    public func changes(after revision: Int64, limit: Int) throws(LogStoreError) -> ChangePage {
        try engine.reader.changes(after: revision, limit: limit)
    }

    /// Returns when a change after `revision` is acknowledged, the store closes, or the task is
    /// cancelled.
    public func waitForChange(after revision: Int64) async {
        await engine.reader.waitForChange(after: revision)
    }

    /// The position kept under a name; nil for one under which none was ever kept.
    ///
    /// Throws `corrupt` where its record does not verify, until it is set anew.
    public func cursor(_ name: String) throws(LogStoreError) -> Int64? {
        try engine.reader.cursor(name)
    }

    /// Keeps a position under a name, as durably as `Options.sync` says.
    ///
    /// Takes no revision. Throws `invalid` for a name that begins with `ownCursorPrefix`, or is
    /// empty or too long, and what `write` does.
    public func setCursor(_ name: String, _ revision: Int64) async throws(LogStoreError) {
        guard !Name(name).isOwn else {
            throw .invalid("names that begin with `\(Self.ownCursorPrefix)` are the store's own")
        }
        try await engine.setCursor(name, revision)
    }

    /// Keeps a position, as `setCursor` does, and blocks the calling thread until it is done.
    public func setCursorAndWait(_ name: String, _ revision: Int64) throws(LogStoreError) {
        guard !Name(name).isOwn else {
            throw .invalid("names that begin with `\(Self.ownCursorPrefix)` are the store's own")
        }
        try engine.setCursorAndWait(name, revision)
    }

    // MARK: Care

    /// Sizes and counts now.
    public var statistics: Statistics {
        engine.reader.statistics
    }

    /// What opening found.
    public var recoveryReport: RecoveryReport {
        engine.recoveryReport
    }

    /// Writes the index of everything written so far to disk, durably, so that a crash leaves
    /// nothing to be read again.
    public func flush() throws(LogStoreError) {
        try engine.flush()
    }

    /// Gives back the space of dead records now, and blocks until that is done.
    ///
    /// `progress` hears of bytes read and written, about once a megabyte; false ends the work with
    /// `cancelled`, and what has been given back stays so. Throws `diskFull` where there is no room
    /// for the first step, `io`, `corrupt`, `poisoned` and `closed`.
    public func compact(progress: (Progress) -> Bool = { _ in true }) throws(LogStoreError) {
        try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try engine.compact(ProgressMeter(progress))
        }
    }

    /// Finishes what was accepted, makes it durable, and lets the folder go.
    ///
    /// May be called again; everything else afterwards fails with `closed`. Throws `poisoned` when
    /// an earlier failure may have lost data, and `io`; the folder is let go all the same. Throws
    /// `invalid` inside of the closure of an update, and the store stays open.
    public func close() throws(LogStoreError) {
        try engine.close()
    }
}
