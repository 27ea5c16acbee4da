/// Finds the end of a JSON number and checks its grammar.
enum NumberScanner {
    /// Returns the first byte after the number that begins at `start` with `-` or a digit.
    @inline(__always)
    static func end(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        let digits = start.pointee == UInt8(ascii: "-") ? start + 1 : start
        var p = skipDigits(digits, end)
        if p - digits != 1 {
            guard p > digits else { throw missingDigit(p, end) }
            if digits.pointee == UInt8(ascii: "0") { throw ParseFailure(.leadingZero, digits) }
        }
        guard p < end else { return p }
        if p.pointee == UInt8(ascii: ".") {
            p = try fraction(after: p, end)
            guard p < end else { return p }
        }
        if p.pointee | 0x20 == UInt8(ascii: "e") {
            if p + 1 < end, p[1] == UInt8(ascii: "+") || p[1] == UInt8(ascii: "-") { p += 1 }
            p = try fraction(after: p, end)
        }
        return p
    }

    @inline(__always)
    private static func fraction(
        after mark: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        let p = skipDigits(mark + 1, end)
        guard p > mark + 1 else { throw missingDigit(p, end) }
        return p
    }

    /// Eight bytes a step, without a branch for the number of digits.
    @inline(__always)
    private static func skipDigits(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        var p = start
        while p + 8 <= end {
            let word = UnsafeRawPointer(p).loadUnaligned(as: UInt64.self).littleEndian
            // A digit gives 0 to 9, and only from 10 on the sum reaches the high bit of its byte.
            let values = word ^ 0x3030_3030_3030_3030
            let sums = (values & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676
            let others = (sums | values) & 0x8080_8080_8080_8080
            if others != 0 { return p + others.trailingZeroBitCount >> 3 }
            p += 8
        }
        while p < end, ASCII.isDigit(p.pointee) { p += 1 }
        return p
    }

    @inline(never)
    private static func missingDigit(
        _ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> ParseFailure {
        p < end ? ParseFailure(.digit, p) : ParseFailure(.end, end)
    }
}
