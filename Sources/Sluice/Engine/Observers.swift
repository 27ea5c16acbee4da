import SluiceJSON
import SluiceSystem
import Synchronization

/// Who looks at a run, and what they are told, without secrets.
final class Observers: Sendable {
    /// One who looks; whoever goes and comes again is another.
    private struct Registration {
        let number: UInt64
        let observer: any RunObserver
    }

    private struct State {
        var registrations: [Registration] = []
        var last: UInt64 = 0

        /// Adds an observer and gives its number; nil where it looks already.
        mutating func add(_ observer: any RunObserver) -> UInt64? {
            guard !registrations.contains(where: { $0.observer === observer }) else { return nil }
            last += 1
            registrations.append(Registration(number: last, observer: observer))
            return last
        }
    }

    private let state = Lock(State())
    private let someSeesHops: Atomic<Bool>
    private let secrets: Secrets

    init(_ observers: [any RunObserver], hiding secrets: Secrets) {
        someSeesHops = Atomic(observers.contains { $0.seesHops })
        self.secrets = secrets
        state.withLock { state in
            for observer in observers { _ = state.add(observer) }
        }
    }

    /// Whether somebody looks at messages; read once an edge and batch.
    var seesHops: Bool { someSeesHops.load(ordering: .relaxed) }

    /// Adds an observer and gives its number; nil where it looks already.
    func add(_ observer: any RunObserver) -> UInt64? {
        let number = state.withLock { $0.add(observer) }
        if observer.seesHops { someSeesHops.store(true, ordering: .relaxed) }
        return number
    }

    func remove(_ observer: any RunObserver) {
        state.withLock { state in
            state.registrations.removeAll { $0.observer === observer }
            someSeesHops.store(
                state.registrations.contains { $0.observer.seesHops }, ordering: .relaxed)
        }
    }

    /// Whether the observer of that number looks still.
    func contains(_ number: UInt64) -> Bool {
        state.withLock { $0.registrations.contains { $0.number == number } }
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
        let observers = list
        state.withLock { $0.registrations = [] }
        someSeesHops.store(false, ordering: .relaxed)
        for observer in observers { observer.changed(to: .ended) }
    }

    /// Those who look now.
    var list: [any RunObserver] { state.withLock { $0.registrations.map(\.observer) } }

    /// Those who look now, with their numbers.
    var numbered: [(number: UInt64, observer: any RunObserver)] {
        state.withLock { $0.registrations.map { ($0.number, $0.observer) } }
    }

    private func hidden(_ message: JSON) -> JSON {
        secrets.isEmpty ? message : secrets.redacted(message)
    }
}

extension RunningFlow {
    /// Lets somebody look at the run, who does not look yet.
    func attach(_ observer: any RunObserver) {
        guard let number = observers.add(observer) else { return }
        if state.withLock(\.life.isRunning) { measure(for: observer, number) }
    }

    /// Tells all who look from the start what the nodes have done, from time to time.
    func measureForAll() {
        for (number, observer) in observers.numbered { measure(for: observer, number) }
    }

    /// Tells an observer from time to time what the nodes have done, as long as it looks.
    private func measure(for observer: any RunObserver, _ number: UInt64) {
        guard let interval = observer.measuringInterval else { return }
        spawnLoose { [self] in
            while (try? await scheduler.sleep(milliseconds: max(1, interval))) != nil,
                observers.contains(number)
            {
                observer.measured(statistics)
            }
        }
    }
}
