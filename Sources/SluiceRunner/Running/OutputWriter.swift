import Sluice
import SluiceJSON
import SluiceSystem
import Synchronization

/// Writes what leaves a flow: an output's messages to a file of their own, or with the port's name
/// to standard output.
///
/// Messages that arrive together are written together, in one call where the system takes it.
final class OutputWriter: Sendable {
    private struct Target {
        let channel: OutputChannel
        /// What stands before and after each message.
        let before: [UInt8]
        let after: [UInt8]
    }

    /// Standard output, also for components that write there.
    let standardOutput: OutputChannel
    /// How many messages have been written.
    var count: Int { written.load(ordering: .relaxed) }
    private let written = Atomic<Int>(0)
    private let targets: [Name: Target]
    private let channels: [OutputChannel]

    /// Looks whether the files can be written; they are not changed yet.
    ///
    /// - Parameter whenClosed: Called when an output takes nothing more; the error is nil where its
    ///   reader has gone, which is nobody's fault.
    init(
        _ outputs: [RunRequest.Binding], of plan: Plan, _ files: SessionFiles,
        scheduler: any Scheduler, whenClosed: @escaping @Sendable (FileError?) -> Void
    ) throws(FileError) {
        let standardOutput = OutputChannel(files.standardOutput, scheduler, whenClosed)
        self.standardOutput = standardOutput
        var targets: [Name: Target] = [:]
        for name in plan.outputNames {
            let before = "{\"port\":\(JSON(name).text),\"message\":"
            targets[Name(name)] = Target(
                channel: standardOutput, before: Array(before.utf8), after: Array("}\n".utf8))
        }
        // Outputs of one file share it, so that none writes over another.
        var channels = [standardOutput]
        for output in outputs {
            let lines = try files.output(at: output.path)
            var channel = channels.first { $0.lines === lines }
            if channel == nil {
                let new = OutputChannel(lines, scheduler, whenClosed)
                channels.append(new)
                channel = new
            }
            guard let channel else { continue }
            targets[Name(output.port)] = Target(
                channel: channel, before: [], after: Array("\n".utf8))
        }
        self.targets = targets
        self.channels = channels
    }

    /// Opens the files.
    func open() throws(FileError) {
        for channel in channels { try channel.open() }
    }

    /// Whether messages are shown on a terminal.
    var printsToTerminal: Bool {
        FileStream.standardOutput.isTerminal
            && targets.values.contains { $0.channel === standardOutput }
    }

    /// Writes messages of an output.
    func write(_ messages: [JSON], of output: String) async {
        guard let target = targets[Name(output)], !target.channel.isClosed else { return }
        var bytes: [UInt8] = []
        let frame = target.before.count + target.after.count
        bytes.reserveCapacity(messages.reduce(0) { $0 + $1.textByteCount + frame })
        for message in messages {
            bytes += target.before
            message.write(to: &bytes)
            bytes += target.after
        }
        if await target.channel.write(bytes) {
            written.wrappingAdd(messages.count, ordering: .relaxed)
        }
    }
}
