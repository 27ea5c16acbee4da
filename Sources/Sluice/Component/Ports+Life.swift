// What a component does before the first message and after the last.
extension Ports {
    /// Runs before the first message; a thrown ``Failure`` keeps the flow from starting (exit 6).
    public mutating func onStart(_ body: @escaping @Sendable (StartContext) async throws -> Void) {
        starts.append(body)
    }

    /// Runs once every node has started, before any message is handled: the place to change what lies
    /// outside, such as a file that is replaced; a thrown ``Failure`` keeps the flow from starting
    /// (exit 6).
    public mutating func onReady(_ body: @escaping @Sendable (StartContext) async throws -> Void) {
        readies.append(body)
    }

    /// Runs once all inputs have ended and every message has been handled; may still emit.
    public mutating func onFinish(_ body: @escaping @Sendable (borrowing Turn) async throws -> Void)
    {
        finishes.append(body)
    }

    /// Runs once an input port has ended, that is when nothing more can come by it and all that came
    /// has been handled, while others may go on; may still emit.
    ///
    /// A port that no edge leads to has ended from the start. Ends of ports in a cycle come with the
    /// end of the cycle, and are not told apart from ``onFinish(_:)``.
    public mutating func onInputEnd(
        _ name: String, _ body: @escaping @Sendable (borrowing Turn) async throws -> Void
    ) {
        inputEnds[name] = body
    }

    /// Runs last, also after a failure and after an aborted run; a thrown ``Failure`` is told as one
    /// of ``RunResult/stopFailures`` (exit 6).
    public mutating func onStop(_ body: @escaping @Sendable () async throws -> Void) {
        stops.append(body)
    }
}
