import Glibc

extension RadixTree {
    /// Where a walk begins.
    enum Bound {
        case unbounded
        case inclusive(UnsafeRawBufferPointer)
        case exclusive(UnsafeRawBufferPointer)
    }

    /// A walk over leaves in order of their keys.
    ///
    /// Valid until the next change of the tree.
    struct Walk {
        private struct Frame {
            let node: RadixNode
            /// The next byte to look at; -1 is the leaf whose key ends at the node.
            var byte: Int
        }

        private var frames: [Frame] = []
        /// A leaf that the descent found and that comes before everything in the frames.
        private var pending: RadixLeaf?
        private let reverse: Bool

        /// A walk from `bound` upward, or from it downward.
        init(_ tree: RadixTree, from bound: Bound, reverse: Bool) {
            self.reverse = reverse
            switch bound {
            case .unbounded: enter(tree.root)
            case .inclusive(let key): seek(tree, key, takesEqual: true)
            case .exclusive(let key): seek(tree, key, takesEqual: false)
            }
        }

        /// The next leaf, or nil at the end.
        mutating func next() -> RadixLeaf? {
            if let leaf = pending {
                pending = nil
                return leaf
            }
            return reverse ? previousLeaf() : nextLeaf()
        }

        private mutating func nextLeaf() -> RadixLeaf? {
            while let frame = frames.last {
                let top = frames.count - 1
                if frame.byte < 0 {
                    frames[top].byte = 0
                    if let leaf = frame.node.end.pointee.leaf { return leaf }
                }
                guard let (byte, child) = frame.node.child(from: frames[top].byte) else {
                    frames.removeLast()
                    continue
                }
                frames[top].byte = byte + 1
                if let leaf = child.leaf { return leaf }
                if let node = child.node { frames.append(Frame(node: node, byte: -1)) }
            }
            return nil
        }

        private mutating func previousLeaf() -> RadixLeaf? {
            while let frame = frames.last {
                let top = frames.count - 1
                if frame.byte >= 0, let (byte, child) = frame.node.child(upTo: frame.byte) {
                    frames[top].byte = byte - 1
                    if let leaf = child.leaf { return leaf }
                    if let node = child.node { frames.append(Frame(node: node, byte: 255)) }
                    continue
                }
                frames.removeLast()
                // The shorter key comes before all that it is a prefix of, so it is last here.
                if let leaf = frame.node.end.pointee.leaf { return leaf }
            }
            return nil
        }

        /// Everything below `child` lies in the direction of travel.
        private mutating func enter(_ child: RadixChild) {
            if let leaf = child.leaf {
                pending = leaf
            } else if let node = child.node {
                frames.append(Frame(node: node, byte: reverse ? 255 : -1))
            }
        }

        private mutating func seek(
            _ tree: RadixTree, _ key: UnsafeRawBufferPointer, takesEqual: Bool
        ) {
            var child = tree.root
            var depth = 0
            while let node = child.node {
                let prefix = tree.prefix(of: node, at: depth)
                let order = compare(prefix, UnsafeRawBufferPointer(rebasing: key[depth...]))
                if order != 0 {
                    if (order > 0) != reverse { enter(child) }
                    return
                }
                depth += prefix.count
                if depth == key.count {
                    // The node's own leaf is the key itself; all else below is greater.
                    if takesEqual, let leaf = node.end.pointee.leaf { pending = leaf }
                    if !reverse { frames.append(Frame(node: node, byte: 0)) }
                    return
                }
                let byte = Int(key[depth])
                frames.append(Frame(node: node, byte: reverse ? byte - 1 : byte + 1))
                guard let next = node.child(key[depth]) else { return }
                child = next.pointee
                depth += 1
            }
            guard let leaf = child.leaf else { return }
            let order = leaf.key.lexicallyCompared(to: key)
            if order == 0 ? takesEqual : (order > 0) != reverse { pending = leaf }
        }

        /// Compares a node's prefix with what is left of a key: 0 when the key begins with it,
        /// positive when all below the node is greater than the key, negative when less.
        private func compare(
            _ prefix: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer
        ) -> Int {
            let limit = min(prefix.count, rest.count)
            for index in 0..<limit where prefix[index] != rest[index] {
                return Int(prefix[index]) - Int(rest[index])
            }
            return rest.count < prefix.count ? 1 : 0
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Negative, zero or positive as these bytes come before, equal or come after the others.
    func lexicallyCompared(to other: UnsafeRawBufferPointer) -> Int {
        if let mine = baseAddress, let theirs = other.baseAddress {
            let order = memcmp(mine, theirs, Swift.min(count, other.count))
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }

    /// Whether the bytes are the same.
    @inline(__always)
    func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8, count <= 64 else { return lexicallyCompared(to: other) == 0 }
        // Keys are too short for a call to be worth it.
        var offset = 0
        while offset < count &- 8 {
            guard word(offset) == other.word(offset) else { return false }
            offset &+= 8
        }
        return word(count &- 8) == other.word(count &- 8)
    }

    @inline(__always)
    private func word(_ offset: Int) -> UInt64 {
        loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
