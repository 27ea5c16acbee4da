import Sluice
import SluiceJSON
import SluiceSystem

/// The mocks of one case: what stands in for its nodes, and what they were asked in vain.
final class MockLedger: Sendable {
    /// A message that no entry of a mock fits.
    struct Unanswered: Sendable {
        var node: String
        var port: String
        var message: JSON
    }

    private let unanswered = Lock<[Unanswered]>([])
    private let ports = Lock<[String: Ports]>([:])

    /// The ports of the nodes that were replaced, by name.
    var replaced: [String: Ports] { ports.withLock { $0 } }

    /// Takes what no entry has fitted since the last call.
    func takeUnanswered() -> [Unanswered] {
        unanswered.withLock { list in
            defer { list = [] }
            return list
        }
    }

    /// The function that replaces a node's handlers by its mock.
    func replacement(by mock: Mock) -> @Sendable (Ports) -> Ports {
        { [self] ports in
            self.ports.withLock { $0[mock.node] = ports }
            return ports.handled { port, message in self.answer(mock, port, message) }
        }
    }

    private func answer(
        _ mock: Mock, _ port: String, _ message: JSON
    ) -> [(port: String, message: JSON)] {
        let entries = mock.ports.first { $0.name.isSame(as: port) }?.entries ?? []
        let entry = entries.first { $0.match.map { $0.mismatch(message) == nil } ?? true }
        guard let entry else {
            let question = Unanswered(node: mock.node, port: port, message: message)
            unanswered.withLock { $0.append(question) }
            return []
        }
        return entry.emits.flatMap { emit in emit.messages.map { (emit.port, $0.json) } }
    }
}
