import Glibc
import Sluice
import SluiceJSON
import SluiceSystem
import Synchronization

/// One run of a flow from the command line, with everything that reads, writes and watches it.
struct FlowSession {
    private let run: FlowRun
    private let scheduler = RealScheduler()
    private let terminal: Terminal
    private let files: SessionFiles
    private let outputs: OutputWriter
    private let feeders: [Feeder]
    private let counter = FeedCounter()
    private let trace: TraceFile?
    private let statsFile: LineFile?
    private let stopper: RunStopper
    private let watch: OutputWatch
    private let showsTable: Bool
    private let showsJSON: Bool

    /// Opens what is read, and looks whether the rest can be written.
    ///
    /// Throws ``CommandFailure``, `FileError` and `Failure`.
    init(
        _ plan: Plan, _ request: RunRequest, _ arguments: Arguments, _ stopper: RunStopper,
        _ terminal: Terminal
    ) throws {
        self.terminal = terminal
        self.stopper = stopper
        let watch = OutputWatch(stopper, terminal)
        self.watch = watch
        let files = try SessionFiles(request, plan)
        self.files = files
        let inputs = try FlowSession.open(request)
        let outputs = try OutputWriter(
            request.outputs, of: plan, files, scheduler: scheduler,
            whenClosed: { watch.outputClosed($0) })
        self.outputs = outputs
        trace = try request.trace.map { path in TraceFile(try files.output(at: path)) }
        statsFile = try request.statsFile.map { path in try files.output(at: path) }
        var options = FlowSession.options(outputs, scheduler, terminal)
        if let folder = arguments[RunRequest.dataDirectory] { options.dataDirectory = folder }
        options.files = files.files
        options.whenStarted = { [stopper, trace, statsFile] in
            stopper.begin()
            try outputs.open()
            try trace?.open()
            try statsFile?.open()
        }
        if let trace { options.observers.append(trace) }
        run = FlowRun(plan, options: options)
        stopper.watch(run)
        let (run, scheduler, counter) = (run, scheduler, counter)
        feeders = inputs.map { input in
            Feeder(
                file: input.file, lines: input.lines,
                reading: files.files.beginReading(input.file, called: input.name), run: run,
                feed: run.openFeed(to: input.lines.inputs), inputNames: plan.inputNames,
                scheduler: scheduler,
                terminal: terminal, counter: counter)
        }
        showsJSON = arguments.has(RunRequest.statsJSON)
        showsTable = arguments.has(RunRequest.stats) && !showsJSON
        // A line that changes would run into what people type and read on the same terminal.
        let hasTerminalData =
            inputs.contains { $0.file.isTerminal } || outputs.printsToTerminal
        let style: RunProgress.Style? =
            switch arguments[RunRequest.progress] ?? "auto" {
            case "plain": .lines
            case "auto" where terminal.isInteractive && !hasTerminalData: .status
            default: nil
            }
        if let style { run.attach(RunProgress(style, counter, outputs, terminal, scheduler)) }
    }

    /// A file that is fed to the flow.
    private struct Input {
        let file: FileStream
        let lines: Feeder.Lines
        /// What messages call it.
        let name: String
    }

    private static func open(_ request: RunRequest) throws(FileError) -> [Input] {
        var inputs: [Input] = []
        for input in request.inputs {
            let file = try open(input.path)
            inputs.append(
                Input(
                    file: file, lines: .messages(input: input.port),
                    name: "\(file.path) (--in \(input.port))"))
        }
        if let path = request.messages {
            let file = try open(path)
            inputs.append(Input(file: file, lines: .addressed, name: "\(file.path) (--messages)"))
        }
        return inputs
    }

    private static func open(_ path: String) throws(FileError) -> FileStream {
        path == "-" ? .standardInput : try FileStream(path, .read)
    }

    private static func options(
        _ outputs: OutputWriter, _ scheduler: RealScheduler, _ terminal: Terminal
    ) -> RunOptions {
        var options = RunOptions()
        options.scheduler = scheduler
        options.console.write = { bytes in
            terminal.show(status: "")
            return outputs.standardOutput.writeBlocking(bytes)
        }
        options.console.log = { terminal.note("\($0)") }
        options.output = { name, messages in await outputs.write(messages, of: name) }
        options.observers = [FailureReports(terminal)]
        return options
    }

    /// Runs to the end.
    func run() async throws -> ExitCode {
        do throws(Failure) {
            try await run.start()
        } catch {
            terminal.note("\(terminal.red("error:")) \(error.text) [\(error.code)]")
            // What only shows when the flow runs: paths that lead out of the data directory, nodes
            // that do not agree on their store.
            return error.code == "invalid_settings" ? .invalid : .cannotStart
        }
        let start = scheduler.uptimeNanoseconds
        let flushing = scheduler.spawn { [trace, scheduler] in
            while let trace, (try? await scheduler.sleep(milliseconds: 250)) != nil {
                trace.flush()
            }
        }
        let feeding = feeders.map { feeder in scheduler.spawn { await feeder.feedAll() } }
        let result = await run.wait()
        // Only then it is known how far files were read.
        for task in feeding { await task.value }
        stopper.finish()
        flushing.cancel()
        return try end(
            RunReport(
                result: result, nanoseconds: scheduler.uptimeNanoseconds - start,
                messagesIn: counter.value,
                messagesOut: outputs.count,
                unfinished: files.files.unfinished))
    }

    private func end(_ report: RunReport) throws -> ExitCode {
        report.explain(to: terminal)
        if showsTable { terminal.note(.lines(report.table), terminator: "") }
        if showsJSON { terminal.note(.json(try report.json().text)) }
        var codes = [report.code]
        if watch.hasFailed.load(ordering: .relaxed) { codes.append(.failed) }
        // A reader of standard output that has seen enough wants no more of the input either.
        if !watch.hasClosed.load(ordering: .relaxed) || stopper.signal != nil {
            terminal.report(unfinished: report.unfinished)
        }
        codes.append(contentsOf: endFiles(report))
        let code = ExitCode.worst(codes)
        guard code == .success, let signal = stopper.signal, !report.unfinished.isEmpty else {
            return code
        }
        return ExitCode(signal: signal) ?? .interrupted
    }

    /// Writes what is left for the files of the run itself.
    private func endFiles(_ report: RunReport) -> [ExitCode] {
        var failures = [trace?.flush()].compactMap(\.self)
        if let statsFile {
            do {
                try statsFile.write(Array("\(try report.json().text)\n".utf8))
            } catch let error as FileError {
                failures.append(error)
            } catch {
                terminal.note("\(terminal.red("error:")) \(error)")
                return [.failed]
            }
        }
        // Whoever read standard output has seen enough.
        failures.removeAll { $0.errno == EPIPE }
        for failure in failures { terminal.note("\(terminal.red("error:")) \(failure)") }
        return failures.isEmpty ? [] : [.failed]
    }
}

/// Stops the run when an output takes nothing more.
private final class OutputWatch: Sendable {
    /// Whether an output could not be written for another reason than a reader that has gone.
    let hasFailed = Atomic<Bool>(false)
    /// Whether the reader of an output has gone.
    let hasClosed = Atomic<Bool>(false)
    private let stopper: RunStopper
    private let terminal: Terminal

    init(_ stopper: RunStopper, _ terminal: Terminal) {
        self.stopper = stopper
        self.terminal = terminal
    }

    func outputClosed(_ error: FileError?) {
        if let error {
            hasFailed.store(true, ordering: .relaxed)
            terminal.note("\(terminal.red("error:")) \(error)")
        } else {
            hasClosed.store(true, ordering: .relaxed)
        }
        stopper.stop()
    }
}
