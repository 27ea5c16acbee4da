/// A number with its exact text, compared by its exact value.
///
/// `1`, `1.0` and `10e-1` are equal and have one hash; so are `0` and `-0`. Exponents may be of any
/// size. Comparing and hashing take time linear in the text.
public struct JSONNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number as it is written.
    public let text: String

    init(validText text: String) { self.text = text }

    /// Makes a number from its text; nil where that is no JSON number (RFC 8259, section 6).
    public init?(_ text: String) {
        var text = text
        guard text.withUTF8({ Self.isNumber($0) }) else { return nil }
        self.text = text
    }

    /// Makes a number from an integer.
    public init(_ value: Int) { text = String(value) }

    /// Makes a number of the shortest text that reads back as this double; nil where not finite.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        var text = value.description
        // By bytes: whole characters take several times as long to look at.
        if text.utf8.last == UInt8(ascii: "0"), text.utf8.dropLast().last == UInt8(ascii: ".") {
            text = String(Substring(text.utf8.dropLast(2)))
        } else if let plus = text.utf8.firstIndex(of: UInt8(ascii: "+")) {
            text.remove(at: plus)
        }
        self.text = text
    }

    private static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = bytes.baseAddress, let first = bytes.first else { return false }
        guard first == UInt8(ascii: "-") || ASCII.isDigit(first) else { return false }
        let end = start + bytes.count
        do throws(ParseFailure) {
            return try NumberScanner.end(from: start, to: end) == end
        } catch {
            return false
        }
    }

    private func withValue<R>(_ body: (NumberText) -> R) -> R {
        var text = text
        return text.withUTF8 { body(NumberText($0)) }
    }

    /// The value where it is an integer in range, however it is written: `10.0` and `1e1` are 10.
    public var int: Int? { withValue(\.int) }

    /// The nearest double; nil where that is not finite.
    public var double: Double? { withValue(\.double) }

    /// Whether the value has no fraction, however it is written and however large it is.
    public var isInteger: Bool { withValue(\.isInteger) }

    /// The exact text.
    public var description: String { text }

    /// Whether the values are equal, whatever the texts.
    public static func == (left: Self, right: Self) -> Bool {
        left.withValue { left in right.withValue { left.order($0) == 0 } }
    }

    /// Whether one value is less than the other.
    public static func < (left: Self, right: Self) -> Bool {
        left.withValue { left in right.withValue { left.order($0) < 0 } }
    }

    /// Feeds the exact value to a hasher.
    public func hash(into hasher: inout Hasher) {
        withValue { $0.hash(into: &hasher) }
    }
}
