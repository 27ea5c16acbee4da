import SluiceJSON
import SluiceSystem
import Synchronization

extension NodeRuntime {
    /// Whether messages are handled in tasks of their own.
    var isConcurrent: Bool {
        (plan.concurrency > 1 || plan.timeoutMilliseconds != nil) && !isExit
    }

    /// Handles up to `concurrency` messages at once; what they emit leaves in their order unless the
    /// node says `ordered: false`.
    ///
    /// A message has its place until its handler has really returned, also after a time limit: the
    /// handlers of a node never run more than `concurrency` at a time.
    @inline(never)
    func handleConcurrently(_ outbox: Outbox) async {
        let window = Window(size: plan.concurrency, isOrdered: plan.isOrdered, inbox: inbox)
        var hand: [Envelope] = []
        while let work = await inbox.take(into: &hand) {
            switch work {
            case .timer(let index):
                await window.drain()
                await handleTimer(index, outbox)
                inbox.acknowledge(1)
            case .ended(let edges):
                await window.drain()
                await end(edges, outbox)
                inbox.acknowledge(edges.count)
            case .envelopes(let edge):
                while !hand.isEmpty {
                    let envelope = hand.removeFirst()
                    let ticket = await window.enter()
                    run.activity.beginRunning()
                    // Emptied by the handling: the message must be gone when the task ends.
                    let box = Lock<Envelope?>(envelope)
                    run.spawnLoose { [self] in
                        await handleAlone(box, inEdges[edge], ticket, window)
                        run.activity.endRunning()
                    }
                }
            }
        }
        await window.drain()
    }

    private func handleAlone(
        _ box: borrowing Lock<Envelope?>, _ edge: Edge, _ ticket: Int, _ window: Window
    ) async {
        guard var envelope = box.withLock({ $0.take() }) else { return }
        var outcome = await attempt(envelope, edge)
        while outcome.isRetrying, let retry = edge.retry, !run.isAborted {
            await outcome.handler?.value
            envelope.attempts += 1
            let delay = retry.delay(afterAttempt: envelope.attempts, random: run.scheduler.random())
            try? await run.sleep(milliseconds: delay)
            outcome = await attempt(envelope, edge)
        }
        if outcome.isRetrying { run.lose(1, on: edge.index) }
        let finished = Finished(cause: envelope, emitted: outcome.envelopes)
        await window.leave(ticket, finished) { finished in
            let outbox = makeOutbox()
            outbox.fill(finished.emitted)
            await flush(outbox)
            withExtendedLifetime(finished.cause) {}
        }
        await outcome.handler?.value
        window.handlerReturned(ticket)
    }

    /// What one attempt emitted.
    private struct Outcome: Sendable {
        var envelopes: [[Envelope]]
        var isRetrying = false
        /// The task of a handler with a time limit, which may not have returned in time.
        ///
        /// Until it ends it has the message: what waits for the message's end must not look stuck.
        var handler: Task<Void, Never>?
    }

    private func attempt(_ envelope: Envelope, _ edge: Edge) async -> Outcome {
        guard !run.isAborted else {
            run.lose(1, on: edge.index)
            return Outcome(envelopes: [])
        }
        let attempt = Attempt()
        guard let timeout = plan.timeoutMilliseconds else {
            let outcome = await handleOnce(envelope, edge, attempt)
            settle(attempt, outcome)
            return outcome
        }
        let (inTime, handler) = await run.within(milliseconds: timeout) { [self] in
            await handleOnce(envelope, edge, attempt)
        } onTimeout: {
            attempt.giveUp()
        }
        if let inTime { settle(attempt, inTime) }
        var outcome = inTime ?? failLate(envelope, edge, attempt, timeout)
        outcome.handler = handler
        return outcome
    }

    /// Reports the failures of an attempt that counts.
    private func settle(_ attempt: Attempt, _ outcome: Outcome) {
        guard !outcome.isRetrying else { return }
        let failures = attempt.takeFailures()
        for (index, failure) in failures.enumerated() {
            noteFailure(failure.report, failure.lineage, isFirst: index == 0)
        }
    }

    /// The outcome of an attempt whose time limit ran out.
    private func failLate(
        _ envelope: Envelope, _ edge: Edge, _ attempt: Attempt, _ timeout: Int64
    ) -> Outcome {
        let outbox = makeOutbox()
        prepare(outbox, envelope, edge)
        let message = attempt.delivered
        let isRepeatable = message.map(ports.inputs[edge.port].isRepeatable) ?? true
        let failure = Failure(
            "timeout", "no answer within \(timeout) ms", isRetryable: isRepeatable)
        var late = envelope
        late.message = message ?? envelope.message
        fail(failure, Cause(envelope: late, edge: edge.place), outbox)
        return Outcome(envelopes: outbox.takeAll(), isRetrying: outbox.isRetrying)
    }

    private func handleOnce(
        _ envelope: Envelope, _ edge: Edge, _ attempt: Attempt
    ) async -> Outcome {
        let outbox = makeOutbox(attempt)
        outbox.isHeld = true
        prepare(outbox, envelope, edge)
        var envelopes = [envelope]
        await call(&envelopes, edge, outbox)
        if outbox.isRetrying { return Outcome(envelopes: [], isRetrying: true) }
        return Outcome(envelopes: outbox.takeAll())
    }

    private func prepare(_ outbox: Outbox, _ envelope: Envelope, _ edge: Edge) {
        guard let retry = edge.retry else { return }
        outbox.mayRetry = envelope.attempts + 1 < UInt32(clamping: retry.maximumAttempts)
    }
}
