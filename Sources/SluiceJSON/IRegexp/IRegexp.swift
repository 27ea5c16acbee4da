/// A regular expression of RFC 9485, matched in linear time.
///
/// First version: literal text only.
public struct IRegexp: Sendable {
    private let literal: [UInt8]

    /// Compiles a pattern.
    public init(_ pattern: String) throws(IRegexpError) {
        for (offset, byte) in pattern.utf8.enumerated() where "()[]{}?*+.|\\^$".utf8.contains(byte)
        {
            throw IRegexpError(message: "not supported yet", offset: offset)
        }
        literal = Array(pattern.utf8)
    }

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool { Array(text.utf8) == literal }

    /// Whether some part of the text matches.
    public func searches(_ text: String) -> Bool {
        let text = Array(text.utf8)
        guard text.count >= literal.count else { return false }
        return (0...text.count - literal.count)
            .contains { text[$0..<$0 + literal.count].elementsEqual(literal) }
    }
}

/// Why a text is no I-Regexp.
public struct IRegexpError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people.
    public var message: String
    /// The byte of the pattern at which it goes wrong.
    public var offset: Int

    /// Makes an error from its parts.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message and the offset.
    public var description: String { "\(message), at byte \(offset)" }
}
