public import SluiceJSON

/// The handling of a message: where its outputs go and to which lineage they belong.
///
/// A handler borrows the turn and cannot keep it or hand it to another task: the node has one for all
/// messages of a batch, one after the other. To answer for a message later, keep its ``hold()`` and
/// emit with it.
public struct Turn: ~Copyable {
    let outbox: Outbox
    var cause: Cause

    /// The message as it was delivered, after the edge's `map`.
    public var message: JSON { cause.envelope.message }

    var node: any NodeHost { outbox.node }

    /// The claim of a message on its lineage: the lineage is not done while a hold exists.
    public struct Hold: Sendable {
        let lineage: Lineage
        let rounds: UInt32
    }

    /// Keeps the message's lineage open beyond this turn.
    public func hold() -> Hold { Hold(lineage: cause.lineage, rounds: cause.envelope.rounds) }

    /// The time, in milliseconds since 1970; virtual in tests.
    public var now: Int64 { node.host.scheduler.now }

    /// What expressions need from outside, for this message.
    public var evaluation: EvaluationContext { outbox.evaluation(for: cause.envelope.lineage) }

    /// The value of a template for a JSON value, such as the message; uses memory again that the node
    /// keeps.
    ///
    /// - Throws: ``EvaluationError``, as ``Template/evaluate(_:_:)`` does.
    public func evaluate(
        _ template: Template, _ value: JSON
    ) throws(EvaluationError) -> JSON {
        try outbox.evaluate(template, value, cause.envelope.lineage)
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
        outbox.append(try encode(value, output, cause), cause, to: output.index)
    }

    /// Emits a value, waiting for room on the edges once a few dozen have gathered.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field>(_ value: T, on output: Output<T>) async throws(Failure) {
        guard try outbox.isConnected(output) else { return }
        outbox.append(try encode(value, output, cause), cause, to: output.index)
        if outbox.isFull { await node.flush(outbox) }
    }

    /// Emits a JSON value; it leaves when the handler returns.
    public func emit(_ value: JSON, on output: Output<JSON>) throws(Failure) {
        let place = try outbox.place(of: output)
        outbox.append(value, cause, to: place)
    }

    /// Emits a JSON value, waiting for room on the edges once a few dozen have gathered.
    public func emit(_ value: JSON, on output: Output<JSON>) async throws(Failure) {
        let place = try outbox.place(of: output)
        outbox.append(value, cause, to: place)
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
            outbox.append(value, cause, to: place)
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
        let envelope = Envelope(
            message: try encode(value, output, cause),
            lineage: Lineage.merging(holds.map(\.lineage)) ?? cause.lineage,
            rounds: holds.map(\.rounds).max() ?? cause.envelope.rounds)
        outbox.append(envelope, cause.sequence, to: output.index)
    }

    /// Reports that this message failed: by `error`, or as the flow's `onError` says.
    public func fail(_ failure: Failure) {
        node.fail(failure, cause, outbox)
    }

    // MARK: Batches

    /// Emits a value for one message of a batch; it leaves when the handler returns.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func emit<T: Field, Value: Field>(
        _ value: T, on output: Output<T>, for delivery: Delivery<Value>
    ) throws(Failure) {
        guard try outbox.isConnected(output) else { return }
        outbox.append(
            try encode(value, output, delivery.cause), delivery.cause, to: output.index)
    }

    /// Reports that one message of a batch failed.
    public func fail<Value: Field>(_ failure: Failure, for delivery: Delivery<Value>) {
        node.fail(failure, delivery.cause, outbox)
    }

    // MARK: Time

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

    private func encode<T: Field>(
        _ value: T, _ output: Output<T>, _ cause: Cause
    ) throws(Failure) -> JSON {
        try outbox.encode(
            value, replyingTo: output.carriesContext ? JSON?.some(cause.message) : JSON?.none)
    }
}
