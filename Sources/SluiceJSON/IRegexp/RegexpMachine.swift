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

    /// Whether the whole text, or else some part of it, leads to acceptance.
    func accepts(_ text: UnsafeBufferPointer<UInt8>, anywhere: Bool) -> Bool {
        var current = StateSet(capacity: states.count)
        var next = StateSet(capacity: states.count)
        var position = 0
        enter(0, &current, isStart: true, isEnd: text.isEmpty)
        while true {
            if anywhere, current.isAccepting { return true }
            guard position < text.count else { return current.isAccepting }
            guard anywhere || current.count > 0 else { return false }
            let scalar = Self.scalar(in: text, at: &position)
            let isEnd = position >= text.count
            next.removeAll()
            for index in 0..<current.count {
                let state = current[index]
                if reads(states[state], scalar) {
                    enter(state + 1, &next, isStart: false, isEnd: isEnd)
                }
            }
            if anywhere { enter(0, &next, isStart: false, isEnd: isEnd) }
            swap(&current, &next)
        }
    }

    @inline(__always)
    private func reads(_ state: State, _ scalar: UInt32) -> Bool {
        switch state {
        case .scalar(let value): value == scalar
        case .set(let index): sets[index].contains(scalar)
        default: false
        }
    }

    /// Adds a state and all that are reached from it without reading.
    private func enter(_ first: Int, _ set: inout StateSet, isStart: Bool, isEnd: Bool) {
        set.push(first)
        while let state = set.pop() {
            guard set.visit(state) else { continue }
            switch states[state] {
            case .jump(let target): set.push(target)
            case .split(let one, let other):
                set.push(other)
                set.push(one)
            case .start: if isStart { set.push(state + 1) }
            case .end: if isEnd { set.push(state + 1) }
            case .accept: set.isAccepting = true
            case .scalar, .set: set.append(state)
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

/// The states that read the next scalar, each once, and which states were visited on the way.
private struct StateSet {
    private var reading: [Int] = []
    private var visited: [UInt64]
    private var toClear: [Int] = []
    private var stack: [Int] = []
    var isAccepting = false

    init(capacity: Int) { visited = Array(repeating: 0, count: (capacity + 63) / 64) }

    var count: Int { reading.count }

    subscript(index: Int) -> Int { reading[index] }

    mutating func removeAll() {
        reading.removeAll(keepingCapacity: true)
        for word in toClear { visited[word] = 0 }
        toClear.removeAll(keepingCapacity: true)
        isAccepting = false
    }

    mutating func append(_ state: Int) { reading.append(state) }

    mutating func push(_ state: Int) { stack.append(state) }

    mutating func pop() -> Int? { stack.popLast() }

    /// Returns whether the state had not been visited before.
    mutating func visit(_ state: Int) -> Bool {
        let (word, bit) = (state >> 6, UInt64(1) << UInt64(state & 63))
        guard visited[word] & bit == 0 else { return false }
        if visited[word] == 0 { toClear.append(word) }
        visited[word] |= bit
        return true
    }
}
