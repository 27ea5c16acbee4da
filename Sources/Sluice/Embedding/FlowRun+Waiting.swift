extension FlowRun {
    /// Opens a feed, and closes it when `body` has returned or thrown.
    ///
    /// To be called before ``start()``, or while another feed is open; see ``openFeed(to:)``.
    ///
    /// - Throws: What `body` throws.
    public func withFeed<Result: Sendable, Thrown: Error>(
        to inputs: [String]? = nil, _ body: (FlowFeed) async throws(Thrown) -> Result
    ) async throws(Thrown) -> Result {
        let feed = openFeed(to: inputs)
        defer { feed.close() }
        return try await body(feed)
    }

    /// Waits for the end, at most so long; then gives up what is in flight, as ``abort()`` does.
    ///
    /// - Parameter timeout: Real time, also where the run's is virtual.
    /// - Returns: How it went; what was given up stands in ``RunResult/lost``.
    public func wait(timeout: Duration) async -> RunResult {
        let limit = Task {
            // Cancelled once the run has ended.
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            abort()
        }
        defer { limit.cancel() }
        return await wait()
    }
}
