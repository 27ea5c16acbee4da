import SluiceSystem
internal import Synchronization

/// What of the log is on the device, and whether it ever failed to get there.
///
/// Syncs may run on any thread while the log grows.
final class Durability: Sendable {
    private struct State {
        /// Full segments that were not synced yet, in order, and the growing one.
        var unsynced: [Segment] = []
        /// The end of what was written.
        var written = LogPosition.start
        var synced = LogPosition.start
        var isDirectoryDirty = false
        var failure: LogStoreError?
    }

    private let state = Monitor(State())
    /// Held while the device is asked: it tells a failure once, and to one of those who ask.
    private let turn = Monitor(())
    /// Whether there is a failure, to be asked before each write.
    private let isPoisoned = Atomic(false)
    private let fileSystem: Disk
    private let directory: String

    init(fileSystem: Disk, directory: String) {
        self.fileSystem = fileSystem
        self.directory = directory
    }

    /// Everything before this place is on the device.
    var synced: LogPosition {
        state.withLock { $0.synced }
    }

    /// The failure after which nothing may be written.
    var failure: LogStoreError? {
        isPoisoned.load(ordering: .acquiring) ? state.withLock { $0.failure } : nil
    }

    /// Whether there is something to sync.
    var isDirty: Bool {
        state.withLock { $0.written > $0.synced && $0.failure == nil }
    }

    /// Takes note of a segment that will grow next.
    func began(_ segment: Segment, synced: LogPosition?) {
        state.withLock { state in
            state.unsynced.append(segment)
            state.written = LogPosition(segment: segment.id, offset: SegmentHead.byteCount)
            if let synced {
                state.synced = synced
            } else {
                state.isDirectoryDirty = true
            }
        }
    }

    /// Takes note of the log that was found at opening, some of it not known to be on the device.
    func resumed(_ segments: [Segment], end: LogPosition, synced: LogPosition) {
        state.withLock { state in
            state.unsynced = segments
            state.written = end
            state.synced = synced
            state.isDirectoryDirty = synced < end
        }
    }

    /// Takes note of bytes written to the growing segment; gives up to where it is on the device.
    ///
    /// Bytes that are on the device already count when all before them is there, too.
    @discardableResult
    func wrote(through position: LogPosition, durably: Bool = false) -> LogPosition {
        state.withLock { state in
            let isWhole = state.synced >= state.written && !state.isDirectoryDirty
            if durably, isWhole { state.synced = position }
            state.written = position
            return state.synced
        }
    }

    /// Refuses all further writes; gives the failure that they end with, which the first cause makes.
    @discardableResult
    func poison(_ cause: LogStoreError) -> LogStoreError {
        let failure = state.withLock { state in
            let failure = state.failure ?? Self.failure(for: cause)
            state.failure = failure
            return failure
        }
        isPoisoned.store(true, ordering: .releasing)
        return failure
    }

    private static func failure(for cause: LogStoreError) -> LogStoreError {
        if case .notOwner = cause { return cause }
        return .poisoned("\(cause)")
    }

    /// Makes sure that the store's path leads to the folder that is locked.
    ///
    /// Otherwise nothing is written any more.
    func checkFolder(_ lock: (any FileLock)?) throws(LogStoreError) {
        guard let lock, !lock.isFolder(at: directory) else { return }
        throw poison(.notOwner(path: directory))
    }

    /// Makes the names of files durable.
    ///
    /// A failure is final: the device may not tell it to the next who asks, who needs other names.
    func syncFolder() throws(LogStoreError) {
        do throws(LogStoreError) {
            try fileSystem.syncDirectory(directory)
        } catch {
            if !error.isNoSpace, !error.isTooManyFiles { poison(error) }
            throw error
        }
    }

    /// Makes everything written so far durable.
    ///
    /// A failure is final.
    func sync() throws(LogStoreError) {
        try turn.withLock { _ throws(LogStoreError) in try syncInTurn() }
    }

    private func syncInTurn() throws(LogStoreError) {
        let taken = state.withLock { $0 }
        if let failure = taken.failure { throw failure }
        guard taken.written > taken.synced || taken.isDirectoryDirty else { return }
        do throws(LogStoreError) {
            if taken.isDirectoryDirty { try fileSystem.syncDirectory(directory) }
            for segment in taken.unsynced { try segment.file.sync() }
        } catch {
            throw poison(error)
        }
        state.withLock { state in
            state.synced = max(state.synced, taken.written)
            state.unsynced.removeAll { $0.id < taken.written.segment }
            // A segment made meanwhile keeps the directory dirty.
            if state.written.segment == taken.written.segment { state.isDirectoryDirty = false }
        }
    }
}
