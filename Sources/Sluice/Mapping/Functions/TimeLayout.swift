/// A layout of times such as `%Y-%m-%d`, for writing and reading.
///
/// `%Y %m %d` date, `%e` day without zero, `%y` year of two digits (69 to 99 are 1900s), `%b %B`
/// month, `%a %A` weekday in English, `%H %M %S` time, `%I %p` hour of twelve, `%L` milliseconds,
/// `%s` seconds since 1970, `%z` offset, `%F` for `%Y-%m-%d`, `%T` for `%H:%M:%S`, `%%` a percent.
struct TimeLayout {
    /// RFC 3339 with milliseconds: all texts of one length, so that they sort by time.
    static let rfc3339 = "%FT%T.%LZ"

    /// Why a layout or a text cannot be used.
    struct Failure: Error {
        var message: String
    }

    private enum Part {
        case literal(UInt8)
        case directive(Character)
    }

    private let parts: [Part]

    init(_ layout: String) throws(Failure) {
        var parts: [Part] = []
        var bytes = Array(layout.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                parts.append(.literal(byte))
                continue
            }
            guard let letter = bytes.popFirst() else {
                throw Failure(message: "the layout ends with a single %")
            }
            switch letter {
            case UInt8(ascii: "%"): parts.append(.literal(letter))
            case UInt8(ascii: "F"): parts += Self.date
            case UInt8(ascii: "T"): parts += Self.clock
            default:
                let character = Character(Unicode.Scalar(letter))
                guard "YmdeybBaAHMSIpLsz".contains(character) else {
                    throw Failure(message: "the layout has no %\(character)")
                }
                parts.append(.directive(character))
            }
        }
        self.parts = parts
    }

    private static let date: [Part] = [
        .directive("Y"), .literal(0x2D), .directive("m"), .literal(0x2D), .directive("d"),
    ]
    private static let clock: [Part] = [
        .directive("H"), .literal(0x3A), .directive("M"), .literal(0x3A), .directive("S"),
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
}

// MARK: - Writing

extension TimeLayout {
    func format(_ time: CivilTime) -> String {
        var text: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let byte): text.append(byte)
            case .directive(let letter): text += Self.format(letter, time).utf8
            }
        }
        return Text.string(text)
    }

    private static func format(_ letter: Character, _ time: CivilTime) -> String {
        switch letter {
        case "Y": padded(time.year, 4)
        case "y": padded(time.year % 100, 2)
        case "m": padded(time.month, 2)
        case "d": padded(time.day, 2)
        case "e": String(time.day)
        case "b": String(months[time.month - 1].prefix(3))
        case "B": months[time.month - 1]
        case "a": String(weekdays[time.weekday].prefix(3))
        case "A": weekdays[time.weekday]
        case "H": padded(time.hour, 2)
        case "I": padded((time.hour + 11) % 12 + 1, 2)
        case "p": time.hour < 12 ? "AM" : "PM"
        case "M": padded(time.minute, 2)
        case "S": padded(time.second, 2)
        case "L": padded(time.millisecond, 3)
        case "z": "+0000"
        default: String(((time.milliseconds ?? 0) - time.millisecond) / 1_000)
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

// MARK: - Reading

extension TimeLayout {
    /// Milliseconds since 1970; parts that the layout does not name are those of 1970-01-01
    /// 00:00 UTC.
    func parse(_ text: String) throws(Failure) -> Int {
        var reader = DigitReader(Array(text.utf8))
        var found = Found()
        for part in parts {
            let isRead =
                switch part {
                case .literal(let byte): reader.take(Unicode.Scalar(byte))
                case .directive(let letter): found.read(letter, from: &reader)
                }
            guard isRead else { throw Failure(message: "the string does not fit the layout") }
        }
        guard reader.isAtEnd else {
            throw Failure(message: "the string goes on behind the layout's end")
        }
        guard let milliseconds = found.milliseconds else {
            throw Failure(message: "the string names a time that does not exist")
        }
        return milliseconds
    }

    /// What has been read so far.
    private struct Found {
        var time = CivilTime()
        var isAfternoon: Bool?
        var offsetMinutes = 0
        var unixSeconds: Int?

        mutating func read(_ letter: Character, from reader: inout DigitReader) -> Bool {
            switch letter {
            case "Y": return set(\.year, reader.take(4))
            case "y": return set(\.year, reader.take(2).map { $0 < 69 ? $0 + 2_000 : $0 + 1_900 })
            case "m": return set(\.month, reader.take(2))
            case "d": return set(\.day, reader.take(2))
            case "e":
                _ = reader.take(" ")
                return set(\.day, reader.take(2) ?? reader.take(1))
            case "H", "I": return set(\.hour, reader.take(2))
            case "M": return set(\.minute, reader.take(2))
            case "S": return set(\.second, reader.take(2))
            case "L": return set(\.millisecond, reader.take(3))
            case "b": return set(\.month, reader.takeName(of: months, 3))
            case "B": return set(\.month, reader.takeName(of: months, .max))
            case "a": return reader.takeName(of: weekdays, 3) != nil
            case "A": return reader.takeName(of: weekdays, .max) != nil
            case "p":
                guard let half = reader.takeName(of: ["AM", "PM"], 2) else { return false }
                isAfternoon = half == 2
                return true
            case "z":
                guard let offset = reader.takeOffset(needsColon: false) else { return false }
                offsetMinutes = offset
                return true
            default:
                let isNegative = reader.take("-")
                guard let seconds = DigitReader.value(of: reader.takeDigits()) else { return false }
                unixSeconds = isNegative ? -seconds : seconds
                return true
            }
        }

        private mutating func set(_ part: WritableKeyPath<CivilTime, Int>, _ value: Int?) -> Bool {
            guard let value else { return false }
            time[keyPath: part] = value
            return true
        }

        var milliseconds: Int? {
            if let unixSeconds {
                let product = unixSeconds.multipliedReportingOverflow(by: 1_000)
                guard !product.overflow else { return nil }
                let sum = product.partialValue.addingReportingOverflow(time.millisecond)
                return sum.overflow ? nil : sum.partialValue
            }
            var time = time
            if let isAfternoon {
                guard (1...12).contains(time.hour) else { return nil }
                time.hour = time.hour % 12 + (isAfternoon ? 12 : 0)
            }
            return time.milliseconds.map { $0 - offsetMinutes * 60_000 }
        }
    }
}

extension DigitReader {
    /// Takes one of `names`, cut to `length` letters, in any case; gives its number from 1.
    fileprivate mutating func takeName(of names: [String], _ length: Int) -> Int? {
        let text = rest
        for (number, name) in names.enumerated() {
            let letters = name.utf8.prefix(length)
            guard text.count >= letters.count,
                zip(text, letters).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
            else { continue }
            skip(letters.count)
            return number + 1
        }
        return nil
    }
}
