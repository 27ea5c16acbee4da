public import SluiceJSON

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

    init(
        message: JSON, outbox: Outbox, lineage: Lineage, rounds: UInt32 = 0, sequence: Int = 0,
        edge: Int? = nil
    ) {
        self.message = message
        self.outbox = outbox
        self.lineage = lineage
        self.rounds = rounds
        self.sequence = sequence
        self.edge = edge
    }

    var node: any NodeHost { outbox.node }

    /// The claim of a message on its lineage: the lineage is not done while a hold exists.
    public struct Hold: Sendable {
        let lineage: Lineage
        let rounds: UInt32
    }

    /// Keeps the message's lineage open beyond this turn.
    public func hold() -> Hold { Hold(lineage: lineage, rounds: rounds) }

    /// The time, in milliseconds since 1970; virtual in tests.
    public var now: Int64 { node.host.scheduler.now }

    /// What expressions need from outside, for this message.
    public var evaluation: EvaluationContext { outbox.evaluation(for: lineage) }

    /// The value of a template for a JSON value, such as the message; uses memory again that the node
    /// keeps.
    ///
    /// - Throws: ``EvaluationError``, as ``Template/evaluate(_:_:)`` does.
    public func evaluate(
        _ template: Template, _ value: JSON
    ) throws(EvaluationError) -> JSON {
        try outbox.evaluate(template, value, lineage)
    }

    /// Whether anything listens to a port; work for one that nobody hears can be left out.
    public func isConnected<T: Field>(_ output: Output<T>) -> Bool {
        outbox.declares(output) && outbox.isConnected(output.index)
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
            if node.host.isAborted { throw .cancelled }
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
        node.letSendersGoOn()
        try await node.host.sleep(milliseconds: milliseconds)
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
