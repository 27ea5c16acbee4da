/// A regular expression as RFC 9485 (I-Regexp) has them, matched in time linear in the text.
///
/// The pattern becomes a machine whose states are all followed at once, so no pattern makes matching
/// slow: the time is at most the length of the text times the size of the machine, the memory that of
/// the machine. `.` stands for any Unicode scalar but line feed and carriage return. Outside of
/// classes `^` and `$` stand for the beginning and the end of the text, as the compliance suite of
/// RFC 9535 wants it.
public struct IRegexp: Sendable, Hashable, CustomStringConvertible {
    /// The largest machine: patterns whose repeats expand beyond it are refused.
    ///
    /// A letter or a class takes one state, `{1,1000}` about two thousand.
    public static let maximumStates = 10_000

    /// How many groups may lie in one another.
    public static let maximumNesting = 100

    private let pattern: [UInt8]
    private let machine: RegexpMachine

    /// Compiles a pattern.
    ///
    /// Throws where it breaks the grammar of RFC 9485, a range is upside down, or a limit is passed.
    public init(_ pattern: String) throws(IRegexpError) {
        var parser = RegexpParser(pattern)
        var compiler = RegexpCompiler()
        machine = try compiler.machine(for: try parser.parse())
        self.pattern = Array(pattern.utf8)
    }

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool { accepts(text, anywhere: false) }

    /// Whether some part of the text matches.
    public func searches(_ text: String) -> Bool { accepts(text, anywhere: true) }

    /// How many states the machine has.
    public var stateCount: Int { machine.states.count }

    private func accepts(_ text: String, anywhere: Bool) -> Bool {
        var budget = WorkBudget.unlimited
        // What has no limit exceeds none.
        return (try? accepts(text, anywhere: anywhere, within: &budget)) ?? false
    }

    /// Whether the whole text, or else some part of it, matches, found within a budget.
    ///
    /// - Throws: ``WorkBudget/Exceeded`` where the budget does not suffice.
    public func accepts(
        _ text: String, anywhere: Bool, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> Bool {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(WorkBudget.Exceeded) in
                try accepts(bytes, anywhere: anywhere, within: &budget)
            }
        }
        return try result.get()
    }

    func accepts(
        _ text: UnsafeBufferPointer<UInt8>, anywhere: Bool, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> Bool {
        let (answer, visited) = machine.accepts(
            text, anywhere: anywhere, visiting: budget.steps.multipliedSaturating(by: 8))
        try budget.spend(1 + visited / 8)
        guard let answer else { throw .steps }
        return answer
    }

    /// The pattern.
    public var description: String { String(decoding: pattern, as: UTF8.self) }

    /// Whether the patterns are the same text.
    public static func == (left: Self, right: Self) -> Bool { left.pattern == right.pattern }

    /// Feeds the pattern to a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

extension Int {
    fileprivate func multipliedSaturating(by factor: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: factor)
        return overflows ? .max : product
    }
}

/// Why a text is no I-Regexp.
public struct IRegexpError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people; without the place.
    public var message: String
    /// The byte of the pattern at which it goes wrong, from 0.
    public var offset: Int

    /// Makes an error from its parts.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message and the offset.
    public var description: String { "\(message), at byte \(offset)" }
}
