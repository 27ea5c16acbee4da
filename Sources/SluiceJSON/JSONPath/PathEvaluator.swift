extension Tape {
    /// Where a singular query leads.
    func place(of steps: [PathStep], from start: UInt32) -> UInt32? {
        var place = start
        for step in steps {
            guard let next = self.place(of: step, from: place) else { return nil }
            place = next
        }
        return place
    }

    /// The same within a budget.
    func place(
        of steps: [PathStep], from start: UInt32, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> UInt32? {
        var place = start
        for step in steps {
            try budget.spend(node(place).lookUpSteps)
            guard let next = self.place(of: step, from: place) else { return nil }
            place = next
        }
        return place
    }

    @inline(__always)
    fileprivate func place(of step: PathStep, from place: UInt32) -> UInt32? {
        switch step {
        case .name(let name): name.withUnsafeBufferPointer { lastMember(of: place, named: $0) }
        case .index(let index): element(of: place, fromEitherEnd: index)
        }
    }

    /// Refuses values that would make a list far larger than the document, as nested ones do that are
    /// selected beside each other.
    func checkContents(
        of places: [UInt32], in root: UInt32, within budget: WorkBudget
    ) throws(WorkBudget.Exceeded) {
        let mostNodes = max(budget.maximumNodes, Int(node(root).next - root))
        let mostBytes = max(budget.maximumBytes, node(root).byteCount)
        var (nodes, bytes) = (0, 0)
        for place in places {
            let node = node(place)
            nodes += Int(node.next - place)
            bytes += node.byteCount
            guard nodes <= mostNodes, bytes <= mostBytes else { throw .contents }
        }
    }

    /// The element at a place; negative counts from the end.
    fileprivate func element(of place: UInt32, fromEitherEnd index: Int) -> UInt32? {
        element(of: place, at: index < 0 ? count(node(place), at: place) + index : index)
    }
}

extension Node {
    /// The steps that looking for one child takes.
    fileprivate var lookUpSteps: Int { 1 + count / 8 }
}

/// Evaluates queries on one tape; what they find are places of nodes.
///
/// Recursion is that of filters within filters, which the parser bounds.
struct PathEvaluator {
    let tape: Tape
    let root: UInt32
    /// What absolute queries found, by their numbers: the same for every value that is filtered.
    private var absoluteResults: [Int: [UInt32]] = [:]
    var patterns: [[UInt8]: IRegexp?] = [:]
    var budget: WorkBudget

    init(tape: Tape, root: UInt32, budget: WorkBudget) {
        self.tape = tape
        self.root = root
        self.budget = budget
    }

    /// The places that a query leads to from a current value.
    mutating func places(
        _ query: PathQuery, from current: UInt32
    ) throws(WorkBudget.Exceeded) -> [UInt32] {
        let start = query.isAbsolute ? root : current
        if let steps = query.singularSteps {
            return try place(of: steps, from: start).map { [$0] } ?? []
        }
        if query.isAbsolute, let result = absoluteResults[query.number] { return result }
        var places = [start]
        for segment in query.segments {
            var selected: [UInt32] = []
            for place in places { try select(segment, from: place, into: &selected) }
            places = selected
        }
        if query.isAbsolute { absoluteResults[query.number] = places }
        return places
    }

    /// Where a singular query leads.
    mutating func place(
        of steps: [PathStep], from start: UInt32
    ) throws(WorkBudget.Exceeded) -> UInt32? {
        try tape.place(of: steps, from: start, within: &budget)
    }

    /// Names are nodes too, but only containers have children, so they are easily left out.
    private mutating func select(
        _ segment: PathSegment, from place: UInt32, into selected: inout [UInt32]
    ) throws(WorkBudget.Exceeded) {
        let end = segment.isDescendant ? tape.node(place).next : place + 1
        try budget.spend(Int(end - place))
        for place in place..<end where tape.node(place).isContainer {
            for selector in segment.selectors {
                try select(selector, from: place, into: &selected)
                try budget.checkNodes(selected.count)
            }
        }
    }

    private mutating func select(
        _ selector: PathSelector, from place: UInt32, into selected: inout [UInt32]
    ) throws(WorkBudget.Exceeded) {
        switch selector {
        case .name, .index: try budget.spend(tape.node(place).lookUpSteps)
        case .wildcard, .slice, .filter: try budget.spend(1 + tape.node(place).count)
        }
        switch selector {
        case .name(let name):
            let found = name.withUnsafeBufferPointer { tape.lastMember(of: place, named: $0) }
            if let found { selected.append(found) }
        case .wildcard:
            var children = TapeChildren(tape, of: place)
            while let child = children.next() { selected.append(child) }
        case .index(let index):
            if let found = tape.element(of: place, fromEitherEnd: index) { selected.append(found) }
        case .slice(let from, let to, let step):
            slice(place, from, to, step, into: &selected)
        case .filter(let condition):
            var children = TapeChildren(tape, of: place)
            while let child = children.next() {
                if try holds(condition, for: child) { selected.append(child) }
            }
        }
    }

    /// RFC 9535, section 2.3.4.2.
    private func slice(
        _ place: UInt32, _ from: Int?, _ to: Int?, _ step: Int, into selected: inout [UInt32]
    ) {
        guard tape.node(place).kind == .array, step != 0 else { return }
        let count = tape.count(tape.node(place), at: place)
        func bounded(_ index: Int, _ range: ClosedRange<Int>) -> Int {
            let index = index < 0 ? index + count : index
            return min(max(index, range.lowerBound), range.upperBound)
        }
        var children = TapeChildren(tape, of: place)
        if step > 0 {
            let start = bounded(from ?? 0, 0...count)
            let end = bounded(to ?? count, 0...count)
            var index = 0
            var wanted = start
            while wanted < end, let child = children.next() {
                if index == wanted {
                    selected.append(child)
                    wanted += step
                }
                index += 1
            }
        } else {
            let start = bounded(from ?? count - 1, -1...count - 1)
            let end = bounded(to ?? -count - 1, -1...count - 1)
            var all: [UInt32] = []
            while all.count <= start, let child = children.next() { all.append(child) }
            var wanted = start
            while wanted > end, wanted < all.count {
                selected.append(all[wanted])
                wanted += step
            }
        }
    }
}

/// Goes through the values in a container.
struct TapeChildren {
    private let tape: Tape
    private let isObject: Bool
    private var current: UInt32
    private let end: UInt32

    init(_ tape: Tape, of place: UInt32) {
        let node = tape.node(place)
        self.tape = tape
        isObject = node.isObject
        current = place + 1
        end = node.isContainer ? node.next : 0
    }

    @inline(__always)
    mutating func next() -> UInt32? {
        guard current < end else { return nil }
        let child = isObject ? current + 1 : current
        current = tape.node(child).next
        return child
    }
}
