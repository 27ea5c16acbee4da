/// An ordered map from byte keys to index entries: an adaptive radix tree.
///
/// Keys are compared as bytes, a key that is a prefix of another comes first. Not thread-safe: its
/// owner sees to exclusive access.
/// Pointers to nodes and leaves stay valid until the next change of the tree.
final class RadixTree {
    @exclusivity(unchecked) var arena = Arena()
    @exclusivity(unchecked) var root = RadixChild.none
    /// Keys in the tree.
    @exclusivity(unchecked) var count = 0

    init() {}

    deinit {
        arena.releaseAll()
    }

    /// The leaf of a key.
    func leaf(_ key: UnsafeRawBufferPointer) -> RadixLeaf? {
        var child = root
        var depth = 0
        while let node = child.node {
            let prefix = node.prefixLength
            if prefix > 0 {
                guard depth + prefix <= key.count else { return nil }
                // Bytes beyond those in the node are compared at the leaf.
                for index in 0..<min(prefix, RadixNode.inlinePrefix)
                where node.prefixBytes.load(fromByteOffset: index, as: UInt8.self)
                    != key[depth + index]
                {
                    return nil
                }
                depth += prefix
            }
            if depth == key.count {
                child = node.end.pointee
                break
            }
            guard let slot = node.child(key[depth]) else { return nil }
            child = slot.pointee
            depth += 1
        }
        guard let leaf = child.leaf, leaf.hasKey(key) else { return nil }
        return leaf
    }

    /// The leaf of a key, made with `entry` where there was none.
    func insert(
        _ key: UnsafeRawBufferPointer, _ entry: IndexEntry
    ) -> (leaf: RadixLeaf, isNew: Bool) {
        var depth = 0
        // The place that refers to the current child: the root or a place inside a node.
        var place: UnsafeMutablePointer<RadixChild>?
        var child = root
        while let node = child.node {
            let matching = matchingPrefix(node, key, depth)
            if matching < node.prefixLength {
                let leaf = makeLeaf(key, entry)
                replace(place, with: RadixChild(split(node, key, depth, matching, leaf)))
                return (leaf, true)
            }
            depth += matching
            if depth == key.count {
                if let leaf = node.end.pointee.leaf { return (leaf, false) }
                let leaf = makeLeaf(key, entry)
                node.end.pointee = RadixChild(leaf)
                return (leaf, true)
            }
            guard let next = node.child(key[depth]) else {
                let leaf = makeLeaf(key, entry)
                let roomy = withRoom(node, at: place)
                roomy.add(key[depth], RadixChild(leaf))
                return (leaf, true)
            }
            place = next
            child = next.pointee
            depth += 1
        }
        if let existing = child.leaf {
            if existing.hasKey(key) { return (existing, false) }
            let leaf = makeLeaf(key, entry)
            replace(place, with: RadixChild(fork(existing, leaf, depth)))
            return (leaf, true)
        }
        let leaf = makeLeaf(key, entry)
        replace(place, with: RadixChild(leaf))
        return (leaf, true)
    }

    private func makeLeaf(_ key: UnsafeRawBufferPointer, _ entry: IndexEntry) -> RadixLeaf {
        count += 1
        return RadixLeaf.create(key, entry, in: &arena)
    }

    func replace(_ place: UnsafeMutablePointer<RadixChild>?, with child: RadixChild) {
        if let place { place.pointee = child } else { root = child }
    }

    /// How many bytes of a node's prefix a key matches.
    private func matchingPrefix(
        _ node: RadixNode, _ key: UnsafeRawBufferPointer, _ depth: Int
    ) -> Int {
        let length = node.prefixLength
        guard length > 0 else { return 0 }
        let prefix = prefix(of: node, at: depth)
        let limit = min(length, key.count - depth)
        var index = 0
        while index < limit, prefix[index] == key[depth + index] { index += 1 }
        return index
    }

    /// The whole prefix of a node at a depth, borrowed from a key below it where it is long.
    func prefix(of node: RadixNode, at depth: Int) -> UnsafeRawBufferPointer {
        let length = node.prefixLength
        if length <= RadixNode.inlinePrefix {
            return UnsafeRawBufferPointer(start: node.prefixBytes, count: length)
        }
        guard let leaf = firstLeaf(RadixChild(node)) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: leaf.key[depth..<depth + length])
    }

    /// Any leaf below a child: the one with the smallest key.
    private func firstLeaf(_ child: RadixChild) -> RadixLeaf? {
        var child = child
        while let node = child.node {
            if let leaf = node.end.pointee.leaf { return leaf }
            guard let (_, next) = node.child(from: 0) else { return nil }
            child = next
        }
        return child.leaf
    }

    func setPrefix(_ node: RadixNode, _ bytes: UnsafeRawBufferPointer) {
        node.prefixLength = bytes.count
        if let base = bytes.baseAddress {
            node.prefixBytes.copyMemory(
                from: base, byteCount: min(bytes.count, RadixNode.inlinePrefix))
        }
    }

    /// Puts a node above `node` where the key leaves its prefix after `matching` bytes.
    private func split(
        _ node: RadixNode, _ key: UnsafeRawBufferPointer, _ depth: Int, _ matching: Int,
        _ leaf: RadixLeaf
    ) -> RadixNode {
        let parent = RadixNode.create(.four, in: &arena)
        let old = prefix(of: node, at: depth)
        let byte = old[matching]
        setPrefix(parent, UnsafeRawBufferPointer(rebasing: old[..<matching]))
        // The rest may lie in the very bytes that are overwritten, so it is copied first.
        let rest = Array(old[(matching + 1)...].prefix(RadixNode.inlinePrefix))
        node.prefixLength = old.count - matching - 1
        for (index, value) in rest.enumerated() {
            node.prefixBytes.storeBytes(of: value, toByteOffset: index, as: UInt8.self)
        }
        parent.add(byte, RadixChild(node))
        attach(leaf, to: parent, depth: depth + matching)
        return parent
    }

    /// A node above two leaves whose keys agree up to `depth`.
    private func fork(_ existing: RadixLeaf, _ leaf: RadixLeaf, _ depth: Int) -> RadixNode {
        let node = RadixNode.create(.four, in: &arena)
        let (one, two) = (existing.key, leaf.key)
        let limit = min(one.count, two.count)
        var end = depth
        while end < limit, one[end] == two[end] { end += 1 }
        setPrefix(node, UnsafeRawBufferPointer(rebasing: two[depth..<end]))
        attach(existing, to: node, depth: end)
        attach(leaf, to: node, depth: end)
        return node
    }

    private func attach(_ leaf: RadixLeaf, to node: RadixNode, depth: Int) {
        let key = leaf.key
        if depth == key.count {
            node.end.pointee = RadixChild(leaf)
        } else {
            node.add(key[depth], RadixChild(leaf))
        }
    }

    /// The node, or a larger copy of it that has taken its place.
    private func withRoom(
        _ node: RadixNode, at place: UnsafeMutablePointer<RadixChild>?
    ) -> RadixNode {
        guard node.count == RadixNode.capacity(node.size) else { return node }
        let larger: RadixNode.Size =
            switch node.size {
            case .four: .sixteen
            case .sixteen: .fortyEight
            case .fortyEight, .full: .full
            }
        let copy = node.resized(larger, in: &arena)
        replace(place, with: RadixChild(copy))
        return copy
    }
}
