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
    }

    /// The most values that a segment of a path may select.
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

    @inline(__always)
    func checkNodes(_ count: Int) throws(Exceeded) {
        guard count <= maximumNodes else { throw .nodes }
    }
}
