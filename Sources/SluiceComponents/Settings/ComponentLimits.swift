package import Sluice

/// What settings of several components may say at most, and what stands where they say nothing.
package enum ComponentLimits {
    /// `maxLineBytes` and `maxRowBytes`: bytes of a line of input.
    package static let lineBytes = Bounds(1...1 << 30, usual: FlowLimits.lineBytes)
    /// Names in `columns`.
    package static let columns = 1...65_536
    /// Names in `inputs` of a `join`.
    package static let joinedInputs = 2...64
    /// `maximumPending`: messages of an input that may wait for others.
    package static let pendingMessages = Bounds(1...1_000_000, usual: 10_000)
    /// `maximumPendingBytes`: bytes of them.
    package static let pendingBytes = Bounds(1...1 << 40, usual: 64 << 20)
    /// `count`: messages of an array that `collect` makes.
    package static let collectedMessages = 1...100_000
    /// `maximumBytes`: bytes of messages at which `collect` lets an array leave.
    package static let collectedBytes = Bounds(1...1 << 40, usual: 64 << 20)
    /// `everyMs` and `milliseconds`: the longest time, 1,000 days.
    package static let longestMilliseconds = 86_400_000_000
}
