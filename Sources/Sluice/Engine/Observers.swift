import SluiceJSON
import SluiceSystem
import Synchronization

/// Who looks at a run, and what they are told, without secrets.
final class Observers: Sendable {
    private let all: Lock<[any RunObserver]>
    private let someSeesHops: Atomic<Bool>
    private let secrets: Secrets

    init(_ observers: [any RunObserver], hiding secrets: Secrets) {
        all = Lock(observers)
        someSeesHops = Atomic(observers.contains { $0.seesHops })
        self.secrets = secrets
    }

    /// Whether somebody looks at messages; read once an edge and batch.
    var seesHops: Bool { someSeesHops.load(ordering: .relaxed) }

    func add(_ observer: any RunObserver) {
        all.withLock { $0.append(observer) }
        if observer.seesHops { someSeesHops.store(true, ordering: .relaxed) }
    }

    func remove(_ observer: any RunObserver) {
        all.withLock { observers in
            observers.removeAll { $0 === observer }
            someSeesHops.store(observers.contains { $0.seesHops }, ordering: .relaxed)
        }
    }

    func contains(_ observer: any RunObserver) -> Bool {
        all.withLock { $0.contains { $0 === observer } }
    }

    // MARK: What they are told

    func delivering(_ envelopes: [Envelope], on edge: Plan.Edge, at time: Int64) {
        let hops = envelopes.map { envelope in
            Hop(
                time: time, lineage: envelope.lineage.id, edge: edge.text,
                message: hidden(envelope.message))
        }
        for observer in list where observer.seesHops { observer.delivering(hops) }
    }

    /// - Parameter port: The input port; nil for sources, timers and the end.
    func failed(
        _ failure: Failure, _ message: JSON, node: String, port: String?, lineage: UInt64,
        isRetried: Bool, at time: Int64
    ) {
        let observers = list
        guard !observers.isEmpty else { return }
        let hop = FailedHop(
            time: time, lineage: lineage, node: node, port: port,
            failure: failure.hiding(secrets), isRetried: isRetried, message: hidden(message))
        for observer in observers { observer.failed(hop) }
    }

    func unhandled(_ report: JSON, isLogged: Bool) {
        let report = hidden(report)
        for observer in list { observer.unhandled(report, isLogged: isLogged) }
    }

    func changed(to state: RunState) {
        for observer in list { observer.changed(to: state) }
    }

    /// Tells them that the run is over, and lets go of them.
    func end() {
        let observers = all.withLock { observers in
            defer { observers = [] }
            return observers
        }
        someSeesHops.store(false, ordering: .relaxed)
        for observer in observers { observer.changed(to: .ended) }
    }

    /// Those who look now.
    var list: [any RunObserver] { all.withLock { $0 } }

    private func hidden(_ message: JSON) -> JSON {
        secrets.isEmpty ? message : secrets.redacted(message)
    }
}

extension RunningFlow {
    /// Lets somebody look at the run.
    func attach(_ observer: any RunObserver) {
        observers.add(observer)
        if state.withLock(\.life.isRunning) { measure(for: observer) }
    }

    /// Tells an observer from time to time what the nodes have done, as long as it looks.
    func measure(for observer: any RunObserver) {
        guard let interval = observer.measuringInterval else { return }
        spawnLoose { [self] in
            while (try? await scheduler.sleep(milliseconds: max(1, interval))) != nil,
                observers.contains(observer)
            {
                observer.measured(statistics)
            }
        }
    }
}
