import Glibc
import Sluice
import SluiceJSON
import Synchronization

/// Writes what leaves a flow: an output's messages to a file of their own, or with the port's name
/// to standard output.
///
/// Messages that arrive together are written together, in one call where the system takes it.
final class OutputWriter: Sendable {
    private struct Target {
        let file: LineFile
        /// What stands before and after each message.
        let before: [UInt8]
        let after: [UInt8]
    }

    /// Standard output, also for components that write there.
    let standardOutput: LineFile
    /// How many messages have been written.
    var count: Int { written.load(ordering: .relaxed) }
    private let written = Atomic<Int>(0)
    private let targets: [Name: Target]

    /// Opens the files.
    ///
    /// - Parameter whenClosed: Called when an output takes nothing more; the error is nil where its
    ///   reader has gone, which is nobody's fault.
    init(
        _ outputs: [RunRequest.Binding], of plan: Plan, scheduler: any Scheduler,
        whenClosed: @escaping @Sendable (FileError?) -> Void
    ) throws(FileError) {
        let standardOutput = LineFile(.standardOutput, scheduler, whenClosed)
        self.standardOutput = standardOutput
        var targets: [Name: Target] = [:]
        for name in plan.outputNames {
            let before = "{\"port\":\(JSON(name).text),\"message\":"
            targets[Name(name)] = Target(
                file: standardOutput, before: Array(before.utf8), after: Array("}\n".utf8))
        }
        // Outputs of one file share it, so that none writes over another.
        var files: [Name: LineFile] = [:]
        for output in outputs {
            let path = Name(Folder.resolved(output.path))
            let file: LineFile
            if output.path == "-" {
                file = standardOutput
            } else if let known = files[path] {
                file = known
            } else {
                file = LineFile(try File(output.path, .write), scheduler, whenClosed)
                files[path] = file
            }
            targets[Name(output.port)] = Target(file: file, before: [], after: Array("\n".utf8))
        }
        self.targets = targets
    }

    /// Whether messages are shown on a terminal.
    var printsToTerminal: Bool {
        File.standardOutput.isTerminal && targets.values.contains { $0.file === standardOutput }
    }

    /// Writes messages of an output.
    func write(_ messages: [JSON], of output: String) async {
        guard let target = targets[Name(output)], !target.file.isClosed else { return }
        var bytes: [UInt8] = []
        let frame = target.before.count + target.after.count
        bytes.reserveCapacity(messages.reduce(0) { $0 + $1.textByteCount + frame })
        for message in messages {
            bytes += target.before
            message.write(to: &bytes)
            bytes += target.after
        }
        if await target.file.write(bytes) {
            written.wrappingAdd(messages.count, ordering: .relaxed)
        }
    }
}

/// A file that whole lines are written to from several tasks; what one call writes stays together.
final class LineFile: Sendable {
    private let file: File
    /// Whether people look, so that what would drive a terminal has to stand as escapes of JSON.
    private let isTerminal: Bool
    /// Whether a write can take long: a pipe's or terminal's reader decides.
    private let mayBlock: Bool
    private let scheduler: any Scheduler
    private let whenClosed: @Sendable (FileError?) -> Void
    private let closed = Atomic<Bool>(false)
    private let lock = Mutex(())

    init(
        _ file: File, _ scheduler: any Scheduler,
        _ whenClosed: @escaping @Sendable (FileError?) -> Void
    ) {
        self.file = file
        self.scheduler = scheduler
        self.whenClosed = whenClosed
        isTerminal = file.isTerminal
        mayBlock = file.size == nil
    }

    /// Whether nothing is taken any more.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    /// Writes lines, off the threads that handlers share where it may take long; false where they
    /// are not taken.
    func write(_ bytes: [UInt8]) async -> Bool {
        guard mayBlock else { return writeBlocking(bytes) }
        return await scheduler.blocking { self.writeBlocking(bytes) }
    }

    /// Writes lines on the caller's thread; false where they are not taken.
    func writeBlocking(_ bytes: [UInt8]) -> Bool {
        let failure = lock.withLock { _ -> FileError? in
            guard !isClosed else { return nil }
            do throws(FileError) {
                try file.write(isTerminal ? Terminal.printable(bytes) : bytes)
                return nil
            } catch {
                closed.store(true, ordering: .relaxed)
                return error
            }
        }
        if let failure { whenClosed(failure.errno == EPIPE ? nil : failure) }
        return !isClosed
    }
}
