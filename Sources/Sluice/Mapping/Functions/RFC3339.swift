/// Reads RFC 3339 times.
enum RFC3339 {
    /// Milliseconds since 1970, nil where the text is no RFC 3339 time.
    ///
    /// Further digits of the fraction are cut off. `t`, `z` and a blank for the `T` are accepted,
    /// as the RFC allows.
    static func milliseconds(of text: String) -> Int? {
        var reader = DigitReader(Array(text.utf8))
        var time = CivilTime()
        guard let year = reader.take(4), reader.take("-"), let month = reader.take(2),
            reader.take("-"), let day = reader.take(2), reader.takeAny("Tt "),
            let hour = reader.take(2), reader.take(":"), let minute = reader.take(2),
            reader.take(":"), let second = reader.take(2)
        else { return nil }
        (time.year, time.month, time.day) = (year, month, day)
        (time.hour, time.minute, time.second) = (hour, minute, second)
        if reader.take(".") {
            guard let fraction = reader.takeFraction() else { return nil }
            time.millisecond = fraction
        }
        guard let offset = reader.takeOffset(needsColon: true), reader.isAtEnd,
            let local = time.milliseconds
        else {
            return nil
        }
        return local - offset * 60_000
    }
}

/// Takes digits and marks from a text, left to right.
struct DigitReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place >= bytes.count }
    var rest: ArraySlice<UInt8> { bytes[place...] }

    /// Takes `mark` where it comes next.
    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard let byte = rest.first, UInt32(byte) == mark.value else { return false }
        place += 1
        return true
    }

    /// Takes one of `marks`.
    mutating func takeAny(_ marks: String) -> Bool {
        guard let byte = rest.first, marks.utf8.contains(byte) else { return false }
        place += 1
        return true
    }

    /// Takes a number of exactly `count` digits.
    mutating func take(_ count: Int) -> Int? {
        let digits = Array(rest.prefix(count))
        guard digits.count == count, digits.allSatisfy(\.isDigit) else { return nil }
        place += count
        return Self.value(of: digits)
    }

    /// Takes all digits that follow.
    mutating func takeDigits() -> [UInt8] { take(while: { $0.isDigit }) }

    /// Takes `count` bytes, or what is left.
    mutating func skip(_ count: Int) { place = min(place + count, bytes.count) }

    private mutating func take(while passes: (UInt8) -> Bool) -> [UInt8] {
        let taken = Array(rest.prefix(while: passes))
        place += taken.count
        return taken
    }

    /// Takes the digits of a fraction of a second and gives its whole milliseconds.
    mutating func takeFraction() -> Int? {
        let digits = takeDigits()
        guard !digits.isEmpty else { return nil }
        return Self.value(of: Array((digits + [0x30, 0x30]).prefix(3)))
    }

    /// Takes `Z`, `+hh:mm` or, unless it `needsColon`, `+hhmm`; gives the minutes ahead of UTC.
    mutating func takeOffset(needsColon: Bool) -> Int? {
        if takeAny("Zz") { return 0 }
        let isNegative = rest.first == UInt8(ascii: "-")
        guard takeAny("+-"), let hours = take(2) else { return nil }
        guard take(":") || !needsColon else { return nil }
        guard let minutes = take(2), hours <= 23, minutes <= 59 else { return nil }
        return (hours * 60 + minutes) * (isNegative ? -1 : 1)
    }

    /// The number that `digits` spell; nil where it needs more than 64 bits.
    static func value(of digits: [UInt8]) -> Int? { Int(Text.string(digits)) }
}
