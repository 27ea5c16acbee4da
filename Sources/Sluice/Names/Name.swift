/// A name as data spells it: its bytes of UTF-8.
///
/// `String` takes spellings that Unicode calls equivalent for one, such as `é` as one scalar and as
/// `e` with an accent, and sees whole characters only, such as `=` with an accent. Names, keys and
/// paths that come from outside are compared as bytes. The store has a `Name` of its own, as it knows no
/// module of the flows.
package struct Name: Hashable, Comparable, Sendable {
    /// The name for people.
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: Name, right: Name) -> Bool { left.text.isSame(as: right.text) }

    package static func < (left: Name, right: Name) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension StringProtocol {
    /// Whether both have the same bytes of UTF-8.
    package func isSame(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Whether the bytes begin so.
    package func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the bytes end so.
    package func ends(with suffix: String) -> Bool {
        utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    /// The first place of a mark.
    package func firstIndex(ofASCII mark: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: mark))
    }

    /// What stands between the marks, without empty parts, in at most one part more than `cuts`.
    package func parts(
        betweenASCII mark: Unicode.Scalar, cuts: Int = .max
    ) -> [Substring] {
        utf8.split(separator: UInt8(ascii: mark), maxSplits: cuts).map {
            Substring(decoding: $0, as: UTF8.self)
        }
    }
}

extension String {
    /// Whether both have the same bytes of UTF-8; faster than for other texts.
    package func isSame(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { bytes.elementsEqual($0) }
        }.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }

    /// The last place of a mark.
    package func lastIndex(ofASCII mark: Unicode.Scalar) -> Index? {
        utf8.lastIndex(of: UInt8(ascii: mark))
    }
}

extension Sequence<String> {
    /// Whether the name is among these.
    package func has(_ name: String) -> Bool { contains { $0.isSame(as: name) } }
}
