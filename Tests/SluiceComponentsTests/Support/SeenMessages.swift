import Sluice
import SluiceJSON

/// Sees the messages of a run.
final class SeenMessages: RunObserver {
    private let body: @Sendable ([JSON]) -> Void

    init(_ body: @escaping @Sendable ([JSON]) -> Void) { self.body = body }

    var seesHops: Bool { true }

    func delivering(_ hops: [Hop]) { body(hops.map(\.message)) }
}
