/// One end of a range of keys, with its own copy of the key.
enum KeyBound {
    case unbounded
    case inclusive([UInt8])
    case exclusive([UInt8])

    /// The two ends of what a search covers.
    static func bounds(of find: LogStoreFind) -> (lower: KeyBound, upper: KeyBound) {
        var lower = KeyBound.unbounded
        var upper = KeyBound.unbounded
        if let start = find.start { lower = lower.raised(to: .inclusive(start)) }
        if let end = find.end { upper = upper.lowered(to: .exclusive(end)) }
        if let prefix = find.prefix {
            lower = lower.raised(to: .inclusive(prefix))
            if let next = successor(ofPrefix: prefix) {
                upper = upper.lowered(to: .exclusive(next))
            }
        }
        if let after = find.after {
            if find.reverse {
                upper = upper.lowered(to: .exclusive(after))
            } else {
                lower = lower.raised(to: .exclusive(after))
            }
        }
        return (lower, upper)
    }

    /// The smallest key greater than all that begin with `prefix`, or nil if there is none.
    private static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        guard let last = prefix.lastIndex(where: { $0 != 255 }) else { return nil }
        var next = Array(prefix[...last])
        next[last] += 1
        return next
    }

    private func raised(to other: KeyBound) -> KeyBound {
        narrowed(to: other) { $1.lexicographicallyPrecedes($0) }
    }

    private func lowered(to other: KeyBound) -> KeyBound {
        narrowed(to: other) { $0.lexicographicallyPrecedes($1) }
    }

    /// The stricter of two ends; of the same key the exclusive one.
    private func narrowed(
        to other: KeyBound, isStricter: ([UInt8], [UInt8]) -> Bool
    ) -> KeyBound {
        guard let mine = key, let theirs = other.key else { return other }
        if mine == theirs {
            if case .exclusive = self { return self }
            return other
        }
        return isStricter(theirs, mine) ? other : self
    }

    private var key: [UInt8]? {
        switch self {
        case .unbounded: nil
        case .inclusive(let key), .exclusive(let key): key
        }
    }

    /// Whether a key lies on the inner side of this end.
    func contains(_ other: UnsafeRawBufferPointer, isLower: Bool) -> Bool {
        switch self {
        case .unbounded:
            return true
        case .inclusive(let key):
            let order = key.withUnsafeBytes { other.lexicallyCompared(to: $0) }
            return isLower ? order >= 0 : order <= 0
        case .exclusive(let key):
            let order = key.withUnsafeBytes { other.lexicallyCompared(to: $0) }
            return isLower ? order > 0 : order < 0
        }
    }

    /// Runs `body` with this end as the start of a walk.
    func withBound<R, E: Error>(_ body: (RadixTree.Bound) throws(E) -> R) throws(E) -> R {
        switch self {
        case .unbounded: try body(.unbounded)
        case .inclusive(let key):
            try key.withBytes { key throws(E) in try body(.inclusive(key)) }
        case .exclusive(let key):
            try key.withBytes { key throws(E) in try body(.exclusive(key)) }
        }
    }
}
