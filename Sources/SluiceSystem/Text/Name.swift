import Glibc

/// A name as data spells it: its bytes of UTF-8.
///
/// `String` takes spellings that Unicode calls equivalent for one, such as `é` as one scalar and as
/// `e` with an accent, and sees whole characters only, such as `=` with an accent. Names, keys and
/// paths that come from outside are compared as bytes.
public struct Name: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
    /// The name for people.
    public let text: String

    /// The name of that text.
    @inlinable
    public init(_ text: String) { self.text = text }

    /// A name in code.
    public init(stringLiteral text: String) { self.init(text) }

    /// Whether both have the same bytes.
    @inlinable
    @inline(__always)
    public static func == (left: Name, right: Name) -> Bool {
        if left.isIdentical(to: right) { return true }
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        return left.withBytes { left in right.withBytes { areSame(left, $0) } }
    }

    /// Whether two texts of one length have the same bytes.
    @usableFromInline
    static func areSame(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard let left = left.baseAddress, let other = right.baseAddress else {
            return right.isEmpty
        }
        return memcmp(left, other, right.count) == 0
    }

    /// Whether both are one text without a look at its bytes: so it is with short ones that are the
    /// same, and with copies.
    @inlinable
    @inline(__always)
    public func isIdentical(to other: Name) -> Bool {
        withUnsafeBytes(of: text) { text in
            withUnsafeBytes(of: other.text) { other in
                text.load(as: UInt64.self) == other.load(as: UInt64.self)
                    && text.load(fromByteOffset: 8, as: UInt64.self)
                        == other.load(fromByteOffset: 8, as: UInt64.self)
            }
        }
    }

    /// Whether the bytes of one come before those of the other.
    public static func < (left: Name, right: Name) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Hashes the bytes.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    @inline(__always)
    func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.utf8).withUnsafeBufferPointer(body)
    }
}

extension StringProtocol {
    /// Whether both have the same bytes of UTF-8.
    @inlinable
    public func isSame(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Whether the bytes begin so.
    @inlinable
    public func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the bytes end so.
    @inlinable
    public func ends(with suffix: String) -> Bool {
        utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    /// The first place of a mark.
    @inlinable
    public func firstIndex(ofASCII mark: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: mark))
    }

    /// What stands between the marks, without empty parts, in at most one part more than `cuts`.
    @inlinable
    public func parts(
        betweenASCII mark: Unicode.Scalar, cuts: Int = .max
    ) -> [Substring] {
        utf8.split(separator: UInt8(ascii: mark), maxSplits: cuts).map {
            Substring(decoding: $0, as: UTF8.self)
        }
    }
}

extension String {
    /// Whether both have the same bytes of UTF-8; faster than for other texts.
    @inlinable
    public func isSame(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { bytes.elementsEqual($0) }
        }.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }

    /// The last place of a mark.
    @inlinable
    public func lastIndex(ofASCII mark: Unicode.Scalar) -> Index? {
        utf8.lastIndex(of: UInt8(ascii: mark))
    }
}

extension Sequence<String> {
    /// Whether the name is among these.
    @inlinable
    public func has(_ name: String) -> Bool { contains { $0.isSame(as: name) } }
}
