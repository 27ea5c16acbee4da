/// How much work an evaluation may still take.
///
/// A step is a value that a path looks at, or so much of a longer work that takes about as long: eight
/// members that a name is looked for among, eight states of a regular expression, 64 bytes that are
/// compared or copied.
public struct WorkBudget: Sendable {
    /// What ran out.
    public enum Exceeded: Error, Sendable, Hashable {
        /// More steps would have been taken.
        case steps
        /// A segment of a path would have selected more values.
        case nodes
        /// The selected values would have held more, counted once for each way to them.
        case contents
    }

    /// The most values that a segment of a path may select.
    ///
    /// What a path selects in the end may hold so many values, and 16 bytes of text for each, or as
    /// many as the document: nested values that are selected beside each other repeat their contents.
    public let maximumNodes: Int
    /// The steps that are left; below 0 once they ran out.
    public private(set) var steps: Int

    /// A budget of so much.
    public init(maximumNodes: Int, steps: Int) {
        self.maximumNodes = maximumNodes
        self.steps = steps
    }

    /// What never runs out.
    static let unlimited = WorkBudget(maximumNodes: .max, steps: .max)

    /// Takes steps.
    ///
    /// - Throws: ``Exceeded/steps`` where they are not left.
    @inline(__always)
    public mutating func spend(_ count: Int) throws(Exceeded) {
        // Steps below 0 stay there: what goes on nevertheless takes nothing more.
        guard steps >= 0 else { throw .steps }
        steps -= count
        guard steps >= 0 else { throw .steps }
    }

    /// The most bytes of text that what a path selects may have.
    var maximumBytes: Int {
        let (bytes, isTooLarge) = maximumNodes.multipliedReportingOverflow(by: 16)
        return isTooLarge ? .max : bytes
    }

    @inline(__always)
    func checkNodes(_ count: Int) throws(Exceeded) {
        guard count <= maximumNodes else { throw .nodes }
    }
}
