public import SluiceJSON

/// What a source emits with; every message starts a lineage.
///
/// Used by the source's own task only.
public struct Source {
    let outbox: Outbox

    var host: any RunHost { outbox.node.host }

    /// Whether the source has been told to end.
    ///
    /// An endless source emits what it still has, then returns.
    public var isStopping: Bool { Task.isCancelled || host.isStopping }

    /// The time, in milliseconds since 1970; virtual in tests.
    public var now: Int64 { host.scheduler.now }

    /// Whether anything listens to a port.
    public func isConnected<T: Field>(_ output: Output<T>) -> Bool {
        outbox.declares(output) && outbox.isConnected(output.index)
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
        let lineage = lineage(whenDone)
        guard try outbox.isConnected(output) else { return }
        outbox.append(Envelope(message: message, lineage: lineage), 0, to: output.index)
        if outbox.isFull { await flush() }
    }

    private func flush() async {
        await outbox.node.flushFromSource(outbox)
    }

    private func lineage(_ whenDone: (@Sendable (Bool) -> Void)?) -> Lineage {
        var lineage = outbox.lineages.next()
        if let whenDone {
            // What an aborted run drops is not done.
            lineage.claim = Claim { [host] isFine in whenDone(isFine && !host.isAborted) }
        }
        return lineage
    }

    /// Reports something outside of the flow that could not become a message, such as a line that
    /// is no JSON.
    public func fail(_ failure: Failure, message: JSON) async {
        let envelope = Envelope(message: message, lineage: outbox.lineages.next())
        outbox.node.fail(failure, Cause(envelope: envelope), outbox)
        await flush()
    }

    /// Waits; returns false at once when the source has to end.
    public func sleep(milliseconds: Int64) async -> Bool {
        guard !isStopping else { return false }
        return (try? await host.sleep(milliseconds: milliseconds)) != nil && !isStopping
    }

    /// Waits for something that the flow itself brings about, such as a change of a store: meanwhile
    /// the source does not count as running, so that a flow that is idle or stuck is noticed.
    public func waiting(_ body: () async -> Void) async {
        await host.waiting(body)
    }

    /// Says that an endless source has emitted all there is, so that an idle flow is noticed.
    public func noteCaughtUp() { host.noteProgress() }

    /// Runs work that blocks its thread, such as reading a pipe, where it holds up nothing else.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await host.scheduler.blocking(work)
    }
}
