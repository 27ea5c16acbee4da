import SluiceJSON
import Synchronization

// What happens to a message that failed: another attempt, the `error` port, or `onError`.
extension NodeRuntime {
    /// Reports that a message failed by a thrown error.
    func fail(_ error: any Error, _ cause: Cause, _ outbox: Outbox) {
        if error is CancellationError, !run.isAborted, outbox.attempt?.isOver != true {
            return fail(
                Failure("component_failed", "the handler cancelled itself (CancellationError)"),
                cause, outbox)
        }
        fail(Failure.wrapping(error), cause, outbox)
    }

    /// Reports that a message failed.
    func fail(_ failure: Failure, _ cause: Cause, _ outbox: Outbox) {
        // The time limit of the attempt ran out: that was its failure.
        if outbox.attempt?.isOver == true { return }
        if outbox.mayRetry, failure.isRetryable {
            traceFailure(failure, cause, isRetried: true)
            outbox.isRetrying = true
            return
        }
        // What an aborted run interrupts has not failed: it is lost.
        if run.isAborted, failure.code == Failure.cancelledCode, let edge = cause.edge {
            return run.lose(1, on: inEdges[edge].index)
        }
        traceFailure(failure, cause, isRetried: false)
        let report = failure.hiding(run.plan.secrets)
            .report(node: plan.name, port: inputName(of: cause), message: cause.message)
        pass(report, cause, outbox)
    }

    /// Has the report of a failure leave by `error`, or go as the flow's `onError` says.
    ///
    /// - Parameter isFirst: Whether the message has not failed before; it counts once.
    func pass(_ report: JSON, _ cause: Cause, _ outbox: Outbox, isFirst: Bool = true) {
        if let attempt = outbox.attempt {
            // It counts only where the attempt does.
            attempt.add(report, cause.lineage)
        } else {
            noteFailure(report, cause.lineage, isFirst: isFirst)
        }
        if isConnected(errorPort) { outbox.append(report, cause, to: errorPort) }
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

    /// The input port that the message came by; nil for timers, sources and the end.
    private func inputName(of cause: Cause) -> String? {
        cause.edge.map { ports.inputs[inEdges[$0].port].name }
    }

    private func traceFailure(_ failure: Failure, _ cause: Cause, isRetried: Bool) {
        run.observers.failed(
            failure, cause.message, node: plan.name, port: inputName(of: cause),
            lineage: cause.lineage.id, isRetried: isRetried, at: run.scheduler.now)
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
