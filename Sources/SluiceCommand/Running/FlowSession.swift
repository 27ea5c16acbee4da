import Sluice
import SluiceJSON
import Synchronization

/// One run of a flow from the command line, with everything that reads, writes and watches it.
struct FlowSession {
    private let run: FlowRun
    private let scheduler = RealScheduler()
    private let terminal: Terminal
    private let outputs: OutputWriter
    private let feeders: [Feeder]
    private let counter = FeedCounter()
    private let trace: TraceFile?
    private let stopper: RunStopper
    private let watch: OutputWatch
    private let progress: Progress?
    private let showsTable: Bool
    private let showsJSON: Bool

    /// Opens all files.
    ///
    /// Throws `FileError`.
    init(
        _ plan: Plan, _ request: RunRequest, _ arguments: Arguments, _ terminal: Terminal
    ) throws(FileError) {
        self.terminal = terminal
        let watch = OutputWatch(terminal)
        self.watch = watch
        let files = try FlowSession.open(request)
        let outputs = try OutputWriter(
            request.outputs, of: plan, scheduler: scheduler, whenClosed: { watch.outputClosed($0) })
        let trace = try FlowSession.trace(arguments)
        self.outputs = outputs
        self.trace = trace
        run = FlowRun(
            plan, options: FlowSession.options(arguments, outputs, trace, scheduler, terminal))
        stopper = RunStopper(run, drainTimeout: request.drainTimeout, terminal: terminal)
        watch.stopper.withLock { [stopper] in $0 = stopper }
        let (run, scheduler, counter) = (run, scheduler, counter)
        feeders = files.map { file, lines in
            Feeder(
                file: file, lines: lines, run: run, feed: run.openFeed(),
                inputNames: plan.inputNames, scheduler: scheduler, terminal: terminal,
                counter: counter)
        }
        showsJSON = arguments.has(RunRequest.statsJSON)
        showsTable = arguments.has(RunRequest.stats) && !showsJSON
        // A line that changes would run into what people type and read on the same terminal.
        let hasTerminalData =
            files.contains { $0.0.isTerminal } || outputs.printsToTerminal
        let style: Progress.Style? =
            switch arguments[RunRequest.progress] ?? "auto" {
            case "plain": .lines
            case "auto" where terminal.isInteractive && !hasTerminalData: .status
            default: nil
            }
        progress = style.map {
            Progress(style: $0, run: run, feeds: counter, outputs: outputs, terminal: terminal)
        }
    }

    private static func open(_ request: RunRequest) throws(FileError) -> [(File, Feeder.Lines)] {
        var files: [(File, Feeder.Lines)] = []
        for input in request.inputs {
            files.append((try open(input.path), .messages(input: input.port)))
        }
        if let path = request.messages { files.append((try open(path), .addressed)) }
        return files
    }

    private static func open(_ path: String) throws(FileError) -> File {
        path == "-" ? .standardInput : try File(path, .read)
    }

    private static func trace(_ arguments: Arguments) throws(FileError) -> TraceFile? {
        guard let path = arguments[RunRequest.trace] else { return nil }
        return try TraceFile(path)
    }

    private static func options(
        _ arguments: Arguments, _ outputs: OutputWriter, _ trace: TraceFile?,
        _ scheduler: RealScheduler, _ terminal: Terminal
    ) -> RunOptions {
        var options = RunOptions()
        options.scheduler = scheduler
        if let folder = arguments[RunRequest.dataDirectory] { options.dataDirectory = folder }
        options.console.write = { bytes in
            terminal.show(status: "")
            return outputs.standardOutput.writeBlocking(bytes)
        }
        options.console.log = { terminal.note("\($0)") }
        options.output = { name, messages in await outputs.write(messages, of: name) }
        options.onFailure = { failure, isLogged in
            // Lines that give no message are reported where they are read, with their place.
            guard failure["node"]?.string?.isEmpty == false else { return }
            terminal.report(failure: failure, isLogged: isLogged)
        }
        if let trace { options.trace = { trace.add($0) } }
        return options
    }

    /// Runs to the end.
    func run() async throws -> ExitCode {
        stopper.listen()
        do throws(Failure) {
            try await run.start()
        } catch {
            terminal.note("\(terminal.red("error:")) \(error.text) [\(error.code)]")
            // What only shows when the flow runs: paths that lead out of the data directory, nodes
            // that do not agree on their store.
            return error.code == "invalid_settings" ? .invalid : .cannotStart
        }
        let start = scheduler.uptimeNanoseconds
        let watching = scheduler.spawn { [progress, scheduler] in
            await progress?.show(scheduler: scheduler)
        }
        let flushing = scheduler.spawn { [trace, scheduler] in
            while let trace, (try? await scheduler.sleep(milliseconds: 250)) != nil {
                trace.flush()
            }
        }
        for feeder in feeders { scheduler.spawn { await feeder.feedAll() } }
        let result = await run.wait()
        stopper.finish()
        watching.cancel()
        flushing.cancel()
        await watching.value
        return try end(
            RunReport(
                result: result, nanoseconds: scheduler.uptimeNanoseconds - start,
                messagesIn: counter.value,
                messagesOut: outputs.count))
    }

    private func end(_ report: RunReport) throws -> ExitCode {
        report.explain(to: terminal)
        if showsTable { terminal.note(.lines(report.table), terminator: "") }
        if showsJSON { terminal.note(.json(try report.json().text)) }
        var code =
            watch.hasFailed.load(ordering: .relaxed)
            ? ExitCode.worst([report.code, .failed]) : report.code
        if let failure = trace?.flush() {
            terminal.note("\(terminal.red("error:")) \(failure)")
            code = .worst([code, .failed])
        }
        return code
    }
}

/// Stops the run when an output takes nothing more.
private final class OutputWatch: Sendable {
    let stopper = Mutex<RunStopper?>(nil)
    /// Whether an output could not be written for another reason than a reader that has gone.
    let hasFailed = Atomic<Bool>(false)
    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func outputClosed(_ error: FileError?) {
        if let error {
            hasFailed.store(true, ordering: .relaxed)
            terminal.note("\(terminal.red("error:")) \(error)")
        }
        stopper.withLock(\.self)?.stop()
    }
}
