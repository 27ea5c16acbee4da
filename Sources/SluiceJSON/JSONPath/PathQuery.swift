/// A compiled query: where it begins and the segments that follow.
struct PathQuery: Sendable {
    /// Whether it begins at the root (`$`) and not at the current value (`@`).
    let isAbsolute: Bool
    let segments: [PathSegment]
    /// The steps where the query leads to at most one value by its form.
    let singularSteps: [PathStep]?
    /// Tells the absolute queries within a path apart, whose results do not change meanwhile.
    let number: Int

    init(isAbsolute: Bool, segments: [PathSegment], number: Int = 0) {
        self.isAbsolute = isAbsolute
        self.segments = segments
        self.number = number
        var steps: [PathStep] = []
        for segment in segments {
            guard let step = segment.step else { break }
            steps.append(step)
        }
        singularSteps = steps.count == segments.count ? steps : nil
    }
}

/// A step of a singular query; names are bytes of UTF-8.
enum PathStep: Sendable {
    case name([UInt8])
    case index(Int)
}

/// A segment: what it selects from each value so far, or from each value and all below it.
struct PathSegment: Sendable {
    let isDescendant: Bool
    let selectors: [PathSelector]

    fileprivate var step: PathStep? {
        guard !isDescendant, selectors.count == 1 else { return nil }
        return switch selectors[0] {
        case .name(let name): .name(name)
        case .index(let index): .index(index)
        default: nil
        }
    }
}

/// What is selected from the children of a value (RFC 9535, section 2.3).
enum PathSelector: Sendable {
    case name([UInt8])
    case wildcard
    case index(Int)
    case slice(from: Int?, to: Int?, step: Int)
    case filter(PathCondition)
}

/// A logical expression of a filter.
indirect enum PathCondition: Sendable {
    case any([PathCondition])
    case all([PathCondition])
    case not(PathCondition)
    /// Whether a query finds anything.
    case exists(PathQuery)
    case compare(PathOperand, PathComparison, PathOperand)
    case match(PathOperand, PathPattern, anywhere: Bool)
}

enum PathComparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// What gives one value, or nothing.
indirect enum PathOperand: Sendable {
    case literal(JSON)
    case query(PathQuery)
    case length(PathOperand)
    case count(PathQuery)
    case value(PathQuery)
}

/// The second argument of `match` and `search`.
enum PathPattern: Sendable {
    /// A literal, compiled with the path; nil where it is no I-Regexp, which matches nothing.
    case literal(IRegexp?)
    case computed(PathOperand)
}
