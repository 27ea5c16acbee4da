/// A machine that reads a text once and is in many states at a time.
struct RegexpMachine: Sendable {
    enum State: Sendable {
        /// Reads one scalar, then goes to the next state.
        case scalar(UInt32)
        case set(Int)
        /// Goes on without reading.
        case jump(Int)
        case split(Int, Int)
        /// Goes to the next state at the beginning, or the end, of the text.
        case start
        case end
        case accept
    }

    let states: [State]
    let sets: [ScalarSet]

    /// Whether the whole text, or else some part of it, leads to acceptance; and how many states
    /// were visited for that.
    ///
    /// - Parameter limit: How many states may be visited; beyond, the answer is nil.
    func accepts(
        _ text: UnsafeBufferPointer<UInt8>, anywhere: Bool, visiting limit: Int
    ) -> (answer: Bool?, visited: Int) {
        states.withUnsafeBufferPointer { states in
            sets.withUnsafeBufferPointer { sets in
                // Three lists of states and one number a state.
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: states.count * 4) {
                    memory in
                    guard let memory = memory.baseAddress else { return (false, 0) }
                    memory.initialize(repeating: 0, count: states.count * 4)
                    var run = RegexpRun(states: states, sets: sets, text: text, memory: memory)
                    let answer = run.accepts(anywhere: anywhere, visiting: limit)
                    return (answer, run.visited)
                }
            }
        }
    }
}

/// One reading of one text.
private struct RegexpRun {
    let states: UnsafeBufferPointer<RegexpMachine.State>
    let sets: UnsafeBufferPointer<ScalarSet>
    let text: UnsafeBufferPointer<UInt8>
    /// The states that read the next scalar, and those that will read the one after it.
    private var current: UnsafeMutablePointer<UInt32>
    private var currentCount = 0
    private var next: UnsafeMutablePointer<UInt32>
    private var nextCount = 0
    /// States that are still to be followed; each state is in it at most once a step.
    private let stack: UnsafeMutablePointer<UInt32>
    private var stackCount = 0
    /// The last step in which a state was entered.
    private let entered: UnsafeMutablePointer<UInt32>
    private var step: UInt32 = 0
    private var isAccepting = false
    /// How many states have been visited.
    private(set) var visited = 0

    init(
        states: UnsafeBufferPointer<RegexpMachine.State>, sets: UnsafeBufferPointer<ScalarSet>,
        text: UnsafeBufferPointer<UInt8>, memory: UnsafeMutablePointer<UInt32>
    ) {
        self.states = states
        self.sets = sets
        self.text = text
        current = memory
        next = memory + states.count
        stack = memory + states.count * 2
        entered = memory + states.count * 3
    }

    mutating func accepts(anywhere: Bool, visiting limit: Int) -> Bool? {
        var position = 0
        beginStep()
        enter(0, isStart: true, isEnd: text.isEmpty)
        while true {
            if anywhere, isAccepting { return true }
            guard position < text.count else { return isAccepting }
            guard anywhere || nextCount > 0 else { return false }
            swap(&current, &next)
            currentCount = nextCount
            visited += 1 + currentCount
            guard visited <= limit else { return nil }
            let scalar = Self.scalar(in: text, at: &position)
            beginStep()
            let isEnd = position >= text.count
            for index in 0..<currentCount {
                let state = current[index]
                if reads(states[Int(state)], scalar) {
                    enter(state + 1, isStart: false, isEnd: isEnd)
                }
            }
            if anywhere { enter(0, isStart: false, isEnd: isEnd) }
        }
    }

    private mutating func beginStep() {
        nextCount = 0
        isAccepting = false
        step &+= 1
        guard step == 0 else { return }
        entered.update(repeating: 0, count: states.count)
        step = 1
    }

    @inline(__always)
    private func reads(_ state: RegexpMachine.State, _ scalar: UInt32) -> Bool {
        switch state {
        case .scalar(let value): value == scalar
        case .set(let index): sets[index].contains(scalar)
        default: false
        }
    }

    @inline(__always)
    private mutating func push(_ state: Int) {
        guard entered[state] != step else { return }
        entered[state] = step
        stack[stackCount] = UInt32(truncatingIfNeeded: state)
        stackCount += 1
    }

    /// Adds a state and all that are reached from it without reading.
    @inline(__always)
    private mutating func enter(_ first: UInt32, isStart: Bool, isEnd: Bool) {
        push(Int(first))
        while stackCount > 0 {
            stackCount -= 1
            let state = Int(stack[stackCount])
            switch states[state] {
            case .jump(let target): push(target)
            case .split(let one, let other):
                push(other)
                push(one)
            case .start: if isStart { push(state + 1) }
            case .end: if isEnd { push(state + 1) }
            case .accept: isAccepting = true
            case .scalar, .set:
                next[nextCount] = UInt32(truncatingIfNeeded: state)
                nextCount += 1
            }
        }
    }

    /// The scalar at a place of valid UTF-8, and the place after it.
    @inline(__always)
    private static func scalar(
        in text: UnsafeBufferPointer<UInt8>, at position: inout Int
    ) -> UInt32 {
        let first = UInt32(text[position])
        position += 1
        guard first >= 0x80 else { return first }
        let length = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3
        var value = first & (0x3F >> UInt32(length))
        for _ in 0..<length where position < text.count {
            value = value << 6 | UInt32(text[position] & 0x3F)
            position += 1
        }
        return value
    }
}
