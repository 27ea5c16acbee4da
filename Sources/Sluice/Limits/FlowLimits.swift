import SluiceSystem

/// What a flow file may say at most, and what stands where it says nothing.
///
/// The one place of these numbers: the reader, the schema and the run take them here, and a test
/// compares the documents with them.
package enum FlowLimits {
    // MARK: Files

    /// Bytes of a flow file, a test file, and any other file that is read as a whole.
    package static let fileBytes = FileStream.usualMaximumBytes
    /// Bytes of a line of messages, its end not counted.
    package static let lineBytes = LineReader.defaultMaximumLineBytes
    /// How much of a line that gives no message is shown.
    package static let shownBytes = 4_096
    /// Bytes of the name of a node, a port or a parameter.
    package static let nameBytes = 64
    /// How deep the defaults of variables may lie in each other.
    package static let defaultDepth = 32
    /// How deep schemas may be applied in each other.
    package static let schemaDepth = 1_000
    /// Bytes of the shortest secret that is hidden inside of longer text.
    package static let secretBytes = 6
    /// How deep sub-flows may lie in each other.
    package static let subflowDepth = 32

    // MARK: Nodes

    /// `concurrency`: messages that a node handles at once.
    package static let concurrency = Bounds(1...1_024, usual: 1)
    /// `timeoutMs`: how long a message may take; without bound where it is left out.
    package static let timeoutMilliseconds = 1...Int(Int32.max)
    /// Bytes of JSON text of a value that a node remembers.
    package static let stateBytes = 900_000
    /// How often a message may go round a cycle.
    package static let rounds = 10_000

    // MARK: Edges

    /// `capacity`: messages that may wait on an edge.
    package static let capacity = Bounds(1...1_000_000, usual: 64)
    /// `capacityBytes`: bytes that may wait on an edge.
    package static let capacityBytes = Bounds(1...1 << 40, usual: 8 << 20)
    /// `maximumMessages`: messages that a feedback edge holds, whose sender never waits.
    package static let feedbackMessages = Bounds(1...10_000_000, usual: 100_000)
    /// `maximumBytes`: bytes that a feedback edge holds.
    package static let feedbackBytes = Bounds(1...1 << 40, usual: 256 << 20)

    // MARK: Attempts

    /// `maxAttempts`: attempts, the first included.
    package static let attempts = Bounds(1...1_000, usual: 5)
    /// `initialDelayMs`: the delay before the second attempt.
    package static let initialDelay = Bounds(0...86_400_000, usual: 500)
    /// `maxDelayMs`: the longest delay.
    package static let maximumDelay = Bounds(0...86_400_000, usual: 30_000)
    /// `factor`: what each delay is multiplied by for the next.
    package static let delayFactor = Bounds(1.0...1_000, usual: 2)
    /// `jitter`: the part of a delay that is random.
    package static let jitter = Bounds(0.0...1, usual: 0.25)
}
