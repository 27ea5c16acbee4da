import Glibc
import Sluice
import SluiceSystem
import Synchronization

/// Where whole lines go from several tasks, until nothing is taken any more.
final class OutputChannel: Sendable {
    /// The file, which others of the run may write to too.
    let lines: LineFile
    /// Whether people look, so that what would drive a terminal has to stand as escapes of JSON.
    private let isTerminal = Atomic<Bool>(false)
    /// Whether a write can take long: a pipe's or terminal's reader decides.
    private let mayBlock = Atomic<Bool>(true)
    private let closed = Atomic<Bool>(false)
    private let scheduler: any Scheduler
    private let whenClosed: @Sendable (FileError?) -> Void

    /// - Parameter whenClosed: Called when nothing more is taken; the error is nil where the reader
    ///   has gone, which is nobody's fault.
    init(
        _ lines: LineFile, _ scheduler: any Scheduler,
        _ whenClosed: @escaping @Sendable (FileError?) -> Void
    ) {
        self.lines = lines
        self.scheduler = scheduler
        self.whenClosed = whenClosed
    }

    /// Opens the file, where it is not open yet.
    func open() throws(FileError) {
        try lines.open()
        isTerminal.store(lines.isTerminal, ordering: .relaxed)
        mayBlock.store(lines.mayBlock, ordering: .relaxed)
    }

    /// Whether nothing is taken any more.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    /// Writes lines, off the threads that handlers share where it may take long; false where they
    /// are not taken.
    func write(_ bytes: [UInt8]) async -> Bool {
        guard mayBlock.load(ordering: .relaxed) else { return writeBlocking(bytes) }
        return await scheduler.blocking { self.writeBlocking(bytes) }
    }

    /// Writes lines on the caller's thread; false where they are not taken.
    func writeBlocking(_ bytes: [UInt8]) -> Bool {
        guard !isClosed else { return false }
        do throws(FileError) {
            try lines.write(
                isTerminal.load(ordering: .relaxed) ? Terminal.printable(bytes) : bytes)
            return true
        } catch {
            if !closed.exchange(true, ordering: .relaxed) {
                whenClosed(error.errno == EPIPE ? nil : error)
            }
            return false
        }
    }
}
