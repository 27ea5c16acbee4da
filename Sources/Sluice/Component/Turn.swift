public import SluiceJSON
import Synchronization

/// One handling of one message: where its outputs go and to which lineage they belong.
///
/// A turn is used by the handler that got it and cannot be handed to another task. To answer for a
/// message later, keep its ``hold()`` and emit with it.
public struct Turn {
    /// The message as it was delivered, after the edge's `map`.
    public let message: JSON
    let outbox: Outbox
    let lineage: Lineage
    let rounds: UInt32
    /// The turn's place in a batch.
    let sequence: Int
    /// The place of the edge that the message came by; nil for timers, sources and the end.
    let edge: Int?

    var node: NodeRuntime { outbox.node }

    /// The claim of a message on its lineage: the lineage is not done while a hold exists.
    public struct Hold: Sendable {
        let lineage: Lineage
        let rounds: UInt32
    }

    /// Keeps the message's lineage open beyond this turn.
    public func hold() -> Hold { Hold(lineage: lineage, rounds: rounds) }

    /// The time, in milliseconds since 1970; virtual in tests.
    public var now: Int64 { node.run.scheduler.now }

    /// What expressions need from outside, for this message.
    public var evaluation: EvaluationContext { node.evaluation(for: lineage) }

    /// The value of a template for a JSON value, such as the message; uses memory again that the node
    /// keeps.
    ///
    /// - Throws: ``EvaluationError``, as ``Template/evaluate(_:_:)`` does.
    public func evaluate(
        _ template: Template, _ value: JSON
    ) throws(EvaluationError) -> JSON {
        try outbox.evaluate(template, value, evaluation)
    }

    /// Whether anything listens to a port; work for one that nobody hears can be left out.
    public func isConnected<T: Field>(_ output: Output<T>) -> Bool {
        outbox.declares(output) && node.isConnected(output.index)
    }

    /// Emits a value; it leaves when the handler returns.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field>(_ value: T, on output: Output<T>) throws(Failure) {
        guard try outbox.isConnected(output) else { return }
        outbox.append(try encode(value, output), lineage, rounds, sequence, to: output.index)
    }

    /// Emits a value, waiting for room on the edges once a few dozen have gathered.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field>(_ value: T, on output: Output<T>) async throws(Failure) {
        guard try outbox.isConnected(output) else { return }
        outbox.append(try encode(value, output), lineage, rounds, sequence, to: output.index)
        if outbox.isFull { await node.flush(outbox) }
    }

    /// Emits a JSON value; it leaves when the handler returns.
    public func emit(_ value: JSON, on output: Output<JSON>) throws(Failure) {
        let place = try outbox.place(of: output)
        outbox.append(value, lineage, rounds, sequence, to: place)
    }

    /// Emits a JSON value, waiting for room on the edges once a few dozen have gathered.
    public func emit(_ value: JSON, on output: Output<JSON>) async throws(Failure) {
        let place = try outbox.place(of: output)
        outbox.append(value, lineage, rounds, sequence, to: place)
        if outbox.isFull { await node.flush(outbox) }
    }

    /// Emits several JSON values in order, waiting for room on the edges once a few dozen have gathered.
    ///
    /// - Throws: ``Failure`` (`cancelled`) where the run is aborted meanwhile.
    public func emit(
        _ values: some Sequence<JSON>, on output: Output<JSON>
    ) async throws(Failure) {
        let place = try outbox.place(of: output)
        for value in values {
            outbox.append(value, lineage, rounds, sequence, to: place)
            guard outbox.isFull else { continue }
            await node.flush(outbox)
            // What has not been emitted is not lost one by one, but with its message.
            if node.run.isAborted { throw .cancelled }
        }
    }

    /// Emits a value that several messages caused; it belongs to the lineages of them all.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field>(
        _ value: T, on output: Output<T>, for holds: [Hold]
    ) throws(Failure) {
        try gather(value, on: output, for: holds)
    }

    /// Emits a value that several messages caused, waiting for room on the edges once a few dozen have
    /// gathered.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field>(
        _ value: T, on output: Output<T>, for holds: [Hold]
    ) async throws(Failure) {
        try gather(value, on: output, for: holds)
        if outbox.isFull { await node.flush(outbox) }
    }

    private func gather<T: Field>(
        _ value: T, on output: Output<T>, for holds: [Hold]
    ) throws(Failure) {
        guard try outbox.isConnected(output) else { return }
        let merged = Lineage.merging(holds.map(\.lineage))
        let most = holds.map(\.rounds).max() ?? rounds
        outbox.append(
            try encode(value, output), merged ?? lineage, most, sequence, to: output.index)
    }

    /// Reports that this message failed: by `error`, or as the flow's `onError` says.
    public func fail(_ failure: Failure) {
        node.fail(failure, self)
    }

    /// Waits; ends early when the run is aborted.
    public func sleep(milliseconds: Int64) async throws(CancellationError) {
        node.inbox.letSendersGoOn()
        try await node.run.sleep(milliseconds: milliseconds)
    }

    /// Sets a timer, replacing the time it was set to before.
    public func schedule(_ timer: Timer, afterMilliseconds delay: Int64) {
        guard outbox.declares(timer) else { return fail(.foreign("sets a timer")) }
        node.schedule(timer.index, delay)
    }

    /// Takes a timer back.
    public func cancel(_ timer: Timer) {
        guard outbox.declares(timer) else { return }
        node.cancelTimer(timer.index)
    }

    /// Stops taking messages from an input port until ``resumeInput(_:)``: back-pressure for a
    /// component that has to wait for another port first.
    public func pauseInput(_ name: String) { node.setPaused(true, input: name) }

    /// Takes messages from a paused input port again.
    public func resumeInput(_ name: String) { node.setPaused(false, input: name) }

    private func encode<T: Field>(_ value: T, _ output: Output<T>) throws(Failure) -> JSON {
        try outbox.encode(
            value, replyingTo: output.carriesContext ? JSON?.some(message) : JSON?.none)
    }
}

/// What a source emits with; every message starts a lineage.
///
/// Used by the source's own task only.
public struct Source {
    let outbox: Outbox

    var node: NodeRuntime { outbox.node }

    /// Whether the source has been told to end.
    ///
    /// An endless source emits what it still has, then returns.
    public var isStopping: Bool { Task.isCancelled || node.run.isStopping }

    /// The time, in milliseconds since 1970; virtual in tests.
    public var now: Int64 { node.run.scheduler.now }

    /// Whether anything listens to a port.
    public func isConnected<T: Field>(_ output: Output<T>) -> Bool {
        outbox.declares(output) && node.isConnected(output.index)
    }

    /// Emits a value and waits for room on the edges.
    ///
    /// - Parameter whenDone: Called once all that the message caused is done; the argument says
    ///   whether everything went well.
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 512 levels.
    public func emit<T: Field>(
        _ value: T, on output: Output<T>, whenDone: (@Sendable (Bool) -> Void)? = nil
    ) async throws(Failure) {
        try await emit([value], on: output, whenDone: whenDone)
    }

    /// Emits several values in order, each with a lineage of its own, and waits for room.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where a value nests deeper than 512 levels.
    public func emit<T: Field>(
        _ values: [T], on output: Output<T>, whenDone: (@Sendable (Bool) -> Void)? = nil
    ) async throws(Failure) {
        // What comes from outside may be as deep as values can be, and is wrapped here.
        var builder = JSONBuilder(maximumDepth: Outbox.maximumReplyDepth)
        for value in values {
            try await emit(value.encoded(with: &builder), on: output, whenDone)
        }
        await flush()
    }

    /// Emits several values in order until the source has to end: what the edges have not taken then
    /// is not emitted.
    ///
    /// - Returns: How many values were emitted, those that come first.
    /// - Throws: ``Failure`` where the output is one of another component.
    public func emitUntilStopping(
        _ values: [JSON], on output: Output<JSON>
    ) async throws(Failure) -> Int {
        for index in values.indices {
            if outbox.isEmpty, isStopping { return index }
            try await emit(values[index], on: output, nil)
        }
        await flush()
        return values.count
    }

    /// Emits a message with a lineage of its own, and waits for room once many have gathered.
    private func emit<T>(
        _ message: JSON, on output: Output<T>, _ whenDone: (@Sendable (Bool) -> Void)?
    ) async throws(Failure) {
        let lineage = node.run.startLineage(whenDone: whenDone)
        guard try outbox.isConnected(output) else { return }
        outbox.append(message, lineage, 0, 0, to: output.index)
        if outbox.isFull { await flush() }
    }

    private func flush() async {
        node.emittingSources.wrappingAdd(1, ordering: .relaxed)
        await node.flush(outbox)
        node.emittingSources.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Reports something outside of the flow that could not become a message, such as a line that
    /// is no JSON.
    public func fail(_ failure: Failure, message: JSON) async {
        node.fail(failure, node.turn(message, node.run.startLineage(whenDone: nil), outbox))
        await flush()
    }

    /// Waits; returns false at once when the source has to end.
    public func sleep(milliseconds: Int64) async -> Bool {
        guard !isStopping else { return false }
        return (try? await node.run.sleep(milliseconds: milliseconds)) != nil && !isStopping
    }

    /// Waits for something that the flow itself brings about, such as a change of a store: meanwhile
    /// the source does not count as running, so that a flow that is idle or stuck is noticed.
    public func waiting(_ body: () async -> Void) async {
        node.run.activity.endRunning()
        await body()
        node.run.activity.beginRunning()
    }

    /// Says that an endless source has emitted all there is, so that an idle flow is noticed.
    public func noteCaughtUp() { node.run.noteProgress() }

    /// Runs work that blocks its thread, such as reading a pipe, where it holds up nothing else.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await node.run.scheduler.blocking(work)
    }
}

/// What a node may use from its start on.
public struct StartContext: Sendable {
    let run: RunningFlow
    /// The node's name; in a sub-flow `outer/inner`.
    public let node: String
    /// The folder that relative paths of the node's flow file start at.
    public let folder: String
    /// The folder that stores live in.
    public var dataDirectory: String { run.options.dataDirectory }

    /// Where the file lies that the node's settings name; `-` is a standard stream.
    ///
    /// - Throws: ``Failure`` (`io`) for a path that no file can have.
    public func place(
        of path: String, for use: FilePlaces.Use
    ) throws(Failure) -> FilePlaces.Place {
        try files.places.place(of: path, from: folder, for: use)
    }

    /// Real tasks, or one thread with virtual time.
    public var scheduler: any Scheduler { run.scheduler }
    /// Where standard input, output and diagnostics go.
    public var console: Console { run.options.console }

    /// The object of that type that all nodes of this run share, made at the first call.
    public func shared<T: AnyObject & Sendable>(
        _ type: T.Type, _ make: @Sendable () -> T
    ) -> T {
        run.shared(type, make)
    }

    /// Stops the run as a signal would: sources end, the flow drains.
    public func stopRun() { run.stop() }

    /// Runs work that blocks its thread where it holds up nothing else.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await run.scheduler.blocking(work)
    }
}
