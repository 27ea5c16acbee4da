/// Turns what a pattern says into a machine, repeats written out.
struct RegexpCompiler {
    private var states: [RegexpMachine.State] = []
    private var sets: [ScalarSet] = []

    mutating func machine(for expression: RegexpExpression) throws(IRegexpError) -> RegexpMachine {
        try compile(expression)
        try append(.accept)
        return RegexpMachine(states: states, sets: sets)
    }

    private mutating func append(_ state: RegexpMachine.State) throws(IRegexpError) {
        guard states.count < IRegexp.maximumStates else {
            let limit = IRegexp.maximumStates
            throw IRegexpError(message: "the pattern expands to over \(limit) states", offset: 0)
        }
        states.append(state)
    }

    private mutating func compile(_ expression: RegexpExpression) throws(IRegexpError) {
        switch expression {
        case .scalar(let value): try append(.scalar(value))
        case .start: try append(.start)
        case .end: try append(.end)
        case .set(let set):
            sets.append(set)
            try append(.set(sets.count - 1))
        case .sequence(let pieces):
            for piece in pieces { try compile(piece) }
        case .alternatives(let branches):
            try compile(alternatives: branches)
        case .repeated(let body, let least, let most):
            try compile(body, from: least, upTo: most)
        }
    }

    private mutating func compile(
        alternatives branches: [RegexpExpression]
    ) throws(IRegexpError) {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = states.count
            try append(.split(split + 1, split + 1))
            try compile(branch)
            jumps.append(states.count)
            try append(.jump(0))
            states[split] = .split(split + 1, states.count)
        }
        if let last = branches.last { try compile(last) }
        for jump in jumps { states[jump] = .jump(states.count) }
    }

    private mutating func compile(
        _ body: RegexpExpression, from least: Int, upTo most: Int?
    ) throws(IRegexpError) {
        let start = states.count
        let firstSet = sets.count
        for index in 0..<least {
            try copy(body, firstSet, isFirst: index == 0)
            // What takes no state, such as (), is the same however often it is repeated.
            if states.count == start { return }
        }
        guard let most else {
            let split = states.count
            try append(.split(split + 1, split + 1))
            try copy(body, firstSet, isFirst: least == 0)
            try append(.jump(split))
            states[split] = .split(split + 1, states.count)
            return
        }
        var splits: [Int] = []
        for index in least..<most {
            let split = states.count
            try append(.split(split + 1, split + 1))
            splits.append(split)
            try copy(body, firstSet, isFirst: index == 0)
            if states.count == split + 1 { break }
        }
        for split in splits { states[split] = .split(split + 1, states.count) }
    }

    /// Compiles a body once more; later copies share the sets of the first.
    private mutating func copy(
        _ body: RegexpExpression, _ firstSet: Int, isFirst: Bool
    ) throws(IRegexpError) {
        let start = states.count
        let setCount = sets.count
        try compile(body)
        guard !isFirst else { return }
        for index in start..<states.count {
            if case .set(let set) = states[index], set >= setCount {
                states[index] = .set(set - setCount + firstSet)
            }
        }
        sets.removeLast(sets.count - setCount)
    }
}
