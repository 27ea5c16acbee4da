import Glibc

/// The name of a collection or a cursor: its bytes of UTF-8.
///
/// `String` takes spellings that Unicode calls equivalent for one, such as `é` as one scalar and as
/// `e` with an accent; to a store they are two names. Flows have a `Name` of their own, as the store
/// knows none of their modules.
struct Name: Hashable, Comparable, Sendable {
    /// The name for people.
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// Whether it is one of the store's own, which callers neither see nor set.
    var isOwn: Bool { text.utf8.starts(with: LogStore.ownCursorPrefix.utf8) }

    @inline(__always)
    static func == (left: Name, right: Name) -> Bool {
        if left.isIdentical(to: right) { return true }
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        return left.withBytes { left in
            right.withBytes { right in
                guard let left = left.baseAddress, let other = right.baseAddress else {
                    return right.isEmpty
                }
                return memcmp(left, other, right.count) == 0
            }
        }
    }

    /// Whether both are one text without a look at its bytes: so it is with short ones that are the
    /// same, and with copies.
    @inline(__always)
    func isIdentical(to other: Name) -> Bool {
        withUnsafeBytes(of: text) { text in
            withUnsafeBytes(of: other.text) { other in
                text.load(as: UInt64.self) == other.load(as: UInt64.self)
                    && text.load(fromByteOffset: 8, as: UInt64.self)
                        == other.load(fromByteOffset: 8, as: UInt64.self)
            }
        }
    }

    static func < (left: Name, right: Name) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    private func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.utf8).withUnsafeBufferPointer(body)
    }
}
