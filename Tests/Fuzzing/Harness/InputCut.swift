/// Takes an input apart from its front; at its end everything is zero or empty.
struct InputCut {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        rest = input[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 {
        rest.popFirst() ?? 0
    }

    /// Bytes that follow their number, of 16 bits; fewer where the input ends before.
    mutating func part() -> [UInt8] {
        let low = Int(byte())
        let count = low | Int(byte()) << 8
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func remaining() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// The text before the first line end, and what comes behind it.
    static func line(_ input: [UInt8]) -> (first: String, rest: [UInt8]) {
        let end = input.firstIndex(of: 10) ?? input.endIndex
        return (String(decoding: input[..<end], as: UTF8.self), Array(input[end...].dropFirst()))
    }
}

extension [UInt8] {
    /// Appends bytes and before them their number, which 16 bits have to bear.
    mutating func append(part: [UInt8]) {
        precondition(part.count < 1 << 16)
        self += [UInt8(part.count & 0xFF), UInt8(part.count >> 8)]
        self += part
    }

    func withoutTrailingZeros() -> [UInt8] {
        Array(prefix((lastIndex { $0 != 0 } ?? -1) + 1))
    }
}
