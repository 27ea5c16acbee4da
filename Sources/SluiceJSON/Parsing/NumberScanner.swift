/// Finds the end of a JSON number and checks its grammar.
enum NumberScanner {
    /// Returns the first byte after the number that begins at `start` with `-` or a digit.
    @inline(__always)
    static func end(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        var p = start
        if p.pointee == UInt8(ascii: "-") { p += 1 }
        guard p < end, ASCII.isDigit(p.pointee) else { throw missingDigit(p, end) }
        if p.pointee == UInt8(ascii: "0") {
            p += 1
            if p < end, ASCII.isDigit(p.pointee) { throw ParseFailure(.leadingZero, p - 1) }
        } else {
            repeat { p += 1 } while p < end && ASCII.isDigit(p.pointee)
        }
        guard p < end else { return p }
        if p.pointee == UInt8(ascii: ".") {
            p = try digits(after: p, end)
            guard p < end else { return p }
        }
        if p.pointee | 0x20 == UInt8(ascii: "e") {
            if p + 1 < end, p[1] == UInt8(ascii: "+") || p[1] == UInt8(ascii: "-") { p += 1 }
            p = try digits(after: p, end)
        }
        return p
    }

    @inline(__always)
    private static func digits(
        after mark: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        var p = mark + 1
        guard p < end, ASCII.isDigit(p.pointee) else { throw missingDigit(p, end) }
        repeat { p += 1 } while p < end && ASCII.isDigit(p.pointee)
        return p
    }

    @inline(never)
    private static func missingDigit(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> ParseFailure {
        p < end ? ParseFailure(.digit, p) : ParseFailure(.end, end)
    }
}
