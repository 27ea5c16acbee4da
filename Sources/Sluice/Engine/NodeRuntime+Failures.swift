import SluiceJSON
import Synchronization

// What happens to a message that failed: another attempt, the `error` port, or `onError`.
extension NodeRuntime {
    /// Reports that a message failed by a thrown error.
    func fail(_ error: any Error, _ turn: Turn) {
        if error is CancellationError, !run.isAborted, turn.outbox.attempt?.isOver != true {
            return fail(
                Failure("component_failed", "the handler cancelled itself (CancellationError)"),
                turn)
        }
        fail(Failure.wrapping(error), turn)
    }

    /// Reports that a message failed.
    func fail(_ failure: Failure, _ turn: Turn) {
        // The time limit of the attempt ran out: that was its failure.
        if turn.outbox.attempt?.isOver == true { return }
        if turn.outbox.mayRetry, failure.isRetryable {
            traceFailure(failure, turn, isRetried: true)
            turn.outbox.isRetrying = true
            return
        }
        // What an aborted run interrupts has not failed: it is lost.
        if run.isAborted, failure.code == Failure.cancelledCode, let edge = turn.edge {
            return run.lose(1, on: inEdges[edge].index)
        }
        traceFailure(failure, turn, isRetried: false)
        let report = failure.hiding(run.plan.secrets)
            .report(node: plan.name, port: inputName(of: turn), message: turn.message)
        pass(report, turn)
    }

    /// Has the report of a failure leave by `error`, or go as the flow's `onError` says.
    ///
    /// - Parameter isFirst: Whether the message has not failed before; it counts once.
    func pass(_ report: JSON, _ turn: Turn, isFirst: Bool = true) {
        if let attempt = turn.outbox.attempt {
            // It counts only where the attempt does.
            attempt.add(report, turn.lineage)
            if isConnected(errorPort) {
                turn.outbox.append(report, turn.lineage, turn.rounds, turn.sequence, to: errorPort)
            }
            return
        }
        noteFailure(report, turn.lineage, isFirst: isFirst)
        if isConnected(errorPort) {
            turn.outbox.append(report, turn.lineage, turn.rounds, turn.sequence, to: errorPort)
        }
    }

    var errorPort: Int { ports.errorPlace }

    /// Counts the first failure of a message, and reports it where no edge takes it.
    func noteFailure(_ report: JSON, _ lineage: Lineage, isFirst: Bool) {
        if isFirst { counters.failed.wrappingAdd(1, ordering: .relaxed) }
        if !isConnected(errorPort) { reportUnhandled(report, lineage) }
    }

    func failUnhandled(_ report: JSON, _ lineage: Lineage) {
        counters.failed.wrappingAdd(1, ordering: .relaxed)
        reportUnhandled(report, lineage)
    }

    private func reportUnhandled(_ report: JSON, _ lineage: Lineage) {
        if plan.unhandled == .fail { lineage.markFailed() }
        run.unhandled(report, plan.unhandled)
    }

    /// The input port that the turn's message came by; nil for timers, sources and the end.
    private func inputName(of turn: Turn) -> String? {
        turn.edge.map { ports.inputs[inEdges[$0].port].name }
    }

    private func traceFailure(_ failure: Failure, _ turn: Turn, isRetried: Bool) {
        run.options.traceFailure?(
            FailedHop(
                time: run.scheduler.now, lineage: turn.lineage.id, node: plan.name,
                port: inputName(of: turn), failure: failure, isRetried: isRetried,
                message: turn.message))
    }

    func retryLater(_ envelope: Envelope, _ edge: Edge) {
        guard let retry = edge.retry else { return }
        var envelope = envelope
        envelope.attempts += 1
        let delay = retry.delay(afterAttempt: envelope.attempts, random: run.scheduler.random())
        inbox.retryLater(envelope, edge: edge.place)
        run.after(milliseconds: delay) { [inbox] in inbox.resume(edge: edge.place) }
    }
}
