public import Sluice
public import SluiceJSON
import SluiceSystem

/// A component or a flow that a test feeds with messages, under virtual time and a seed.
///
/// Everything runs on the test's own thread: a call returns when the flow has settled, with all that
/// came out meanwhile. Time stands still until ``advance(milliseconds:)``. Stores live in a
/// temporary folder that goes with the harness; the files of readers and writers, and stores with an
/// absolute path, are the real ones unless `files` says where else they lie.
///
/// ```swift
/// let store = try Harness(DocumentStore.self, settings: ["collections": [["name": "c"]]])
/// let reply = try store.send(["collection": "c", "key": "k", "value": 1], to: "put")
/// #expect(try reply.only("put_ok")["revision"] == 1)
/// ```
public final class Harness {
    /// The folder that the flow's stores live in.
    public let folder: String
    /// The seeded scheduler that everything runs on.
    public let scheduler: SeededScheduler
    private let run: FlowRun
    /// Keeps the inputs from ending; every send has a feed of its own, which may wait for room.
    private let inputsOpen: FlowFeed
    private let inputs: [String]
    private let inbox: Inbox
    private let ownsFolder: Bool
    private var hasEnded = false

    /// What has come out and what nothing handled.
    private final class Inbox: RunObserver {
        let plan: Plan
        let received = Lock<[(port: String, message: JSON)]>([])
        let failures = Lock<[JSON]>([])
        let log = Lock<[String]>([])
        let outcome = Lock<RunResult?>(nil)

        init(_ plan: Plan) { self.plan = plan }

        func unhandled(_ report: JSON, isLogged: Bool) { failures.withLock { $0.append(report) } }

        func failed(_ hop: FailedHop) {
            guard !plan.mayFail(hop.node, with: hop.failure.code) else { return }
            let failure = Failure(
                "undeclared_failure",
                "the component failed with `\(hop.failure.code)`, which it does not declare")
            unhandled(
                failure.report(node: hop.node, port: hop.port, message: hop.message),
                isLogged: false)
        }
    }

    /// Starts one component.
    ///
    /// - Parameters:
    ///   - folder: Where stores live; a temporary folder where none is given.
    ///   - seed: Decides the order in which tasks run.
    ///   - listening: The names of those outputs to listen to that tell more than answers, such as
    ///     `change`; all others are listened to anyway.
    ///   - files: Where the files lie that the component reads or writes.
    ///   - provisions: What the component is given, such as kinds of stores.
    /// - Throws: ``Sluice/Failure`` where the settings do not fit or the node cannot start.
    public convenience init(
        _ component: any Component.Type, settings: JSON = [:], seed: UInt64 = 1,
        folder: String? = nil, concurrency: Int = 1, listening: Set<String> = [],
        files: FilePlaces = .asTheyAre, providing provisions: Provisions = Provisions()
    ) throws {
        let plan = try Plan(
            component: ComponentType(component, providing: provisions), settings: settings,
            concurrency: concurrency,
            listening: listening)
        try self.init(plan, seed: seed, folder: folder, files: files)
    }

    /// Starts a flow that has been loaded.
    public init(
        _ plan: Plan, seed: UInt64 = 1, folder: String? = nil, files: FilePlaces = .asTheyAre
    ) throws {
        let inbox = Inbox(plan)
        self.inbox = inbox
        scheduler = SeededScheduler(seed: seed)
        ownsFolder = folder == nil
        self.folder = try folder ?? Folder.temporary()
        inputs = plan.inputNames
        var options = RunOptions()
        options.dataDirectory = self.folder
        options.filePlaces = files
        options.scheduler = scheduler
        options.output = { port, messages in
            inbox.received.withLock { $0 += messages.map { (port, $0) } }
        }
        options.observers = [inbox]
        options.console.log = { line in inbox.log.withLock { $0.append(line) } }
        let run = FlowRun(plan, options: options)
        self.run = run
        inputsOpen = run.openFeed()
        let started: Result<Void, Failure>? = scheduler.run {
            do throws(Failure) {
                return .success(try await run.start())
            } catch {
                return .failure(error)
            }
        }
        guard let started else { throw HarnessError("the flow does not start") }
        try started.get()
    }

    deinit {
        if result(byEnding: false) == nil {
            run.abort()
            end()
        }
        if ownsFolder { Folder.remove(folder) }
    }

    /// Sends a message and returns all that came out.
    @discardableResult
    public func send(_ message: JSON, to input: String) throws -> Received {
        try send([message], to: input)
    }

    /// Sends a typed message and returns all that came out.
    @discardableResult
    public func send<T: Message>(_ message: T, to input: String) throws -> Received {
        try send([message.encoded()], to: input)
    }

    /// Sends messages, queued on the port together, and returns all that came out.
    @discardableResult
    public func send(_ messages: [JSON], to input: String) throws -> Received {
        guard inputs.contains(input) else {
            throw HarnessError(
                "there is no input `\(input)`, only \(inputs.joined(separator: ", "))")
        }
        guard !hasEnded else { throw HarnessError("the inputs have ended") }
        let feed = run.openFeed()
        scheduler.spawn {
            await feed.send(messages, to: input)
            feed.close()
        }
        scheduler.settle()
        return received()
    }

    /// Lets time pass and returns all that came out.
    @discardableResult
    public func advance(milliseconds: Int64) -> Received {
        scheduler.advance(milliseconds: milliseconds)
        return received()
    }

    /// What has come out since the last call, such as what a source emits from the start on.
    public func received() -> Received {
        let messages = inbox.received.withLock { messages in
            defer { messages = [] }
            return messages
        }
        let failures = inbox.failures.withLock { failures in
            defer { failures = [] }
            return failures
        }
        return Received(messages: messages, failures: failures)
    }

    /// Lines that were logged for people.
    public var log: [String] { inbox.log.withLock { $0 } }

    /// Whether messages are still taken: not once the inputs have ended, or something failed that
    /// stops the run.
    public var takesInput: Bool { !hasEnded && !run.isStopping }

    /// Ends the inputs, lets every node finish and stop, and returns all that came out.
    ///
    /// Where nodes wait for time to pass, the rest comes with ``advance(milliseconds:)``.
    @discardableResult
    public func finish() -> Received {
        end()
        return received()
    }

    /// How the run went; ends it first.
    ///
    /// Nil while nodes wait for time to pass.
    public func result() -> RunResult? { result(byEnding: true) }

    private func result(byEnding endsInputs: Bool) -> RunResult? {
        if endsInputs { end() }
        return inbox.outcome.withLock { $0 }
    }

    private func end() {
        if !hasEnded {
            hasEnded = true
            let (run, inbox, inputsOpen) = (run, inbox, inputsOpen)
            scheduler.spawn {
                inputsOpen.close()
                let result = await run.wait()
                inbox.outcome.withLock { $0 = result }
            }
        }
        scheduler.settle()
    }
}

/// Why a test could not do what it wanted.
public struct HarnessError: Error, CustomStringConvertible {
    /// The reason.
    public let description: String
    /// Creates an error.
    public init(_ description: String) { self.description = description }
}

/// What came out of a flow during one step.
public struct Received: Sendable, CustomStringConvertible {
    /// Every message with its port, in the order of arrival.
    public let messages: [(port: String, message: JSON)]
    /// Failures that nothing handled.
    public let failures: [JSON]

    /// The messages of one port, in order.
    public subscript(port: String) -> [JSON] {
        messages.filter { $0.port == port }.map(\.message)
    }

    /// The only message that came out anywhere, by this port.
    ///
    /// - Throws: ``HarnessError`` that lists what came out instead.
    public func only(_ port: String) throws -> JSON {
        guard messages.count == 1, failures.isEmpty, let message = self[port].first else {
            throw HarnessError("expected one message on `\(port)` and nothing else, got \(self)")
        }
        return message
    }

    /// The only message that came out anywhere, by this port, read as a typed message.
    public func only<T: Field>(_ type: T.Type, from port: String) throws -> T {
        try T(json: only(port))
    }

    /// All messages, where they all came by this port.
    ///
    /// - Throws: ``HarnessError`` that lists what came out instead.
    public func all(_ port: String) throws -> [JSON] {
        guard messages.allSatisfy({ $0.port == port }), failures.isEmpty else {
            throw HarnessError("expected messages on `\(port)` only, got \(self)")
        }
        return messages.map(\.message)
    }

    /// Whether nothing came out.
    public var isEmpty: Bool { messages.isEmpty && failures.isEmpty }

    /// A line for each message.
    public var description: String {
        let lines =
            messages.map { "\($0.port): \($0.message)" } + failures.map { "unhandled: \($0)" }
        return lines.isEmpty ? "nothing" : lines.joined(separator: "\n")
    }
}
