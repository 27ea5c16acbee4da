/// What a test file may say at most, beside what a flow file may.
package enum TestLimits {
    /// `advance`: the longest time that a step lets pass, a leap year.
    package static let advanceDays = 366
    /// Bytes of a file that a case is given, or that is looked at.
    package static let fileBytes = 1 << 30
}
