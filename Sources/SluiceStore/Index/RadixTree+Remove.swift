extension RadixTree {
    /// Removes a key; gives whether it was there.
    func remove(_ key: UnsafeRawBufferPointer) -> Bool {
        guard let leaf = leaf(key) else { return false }
        var depth = 0
        var place: UnsafeMutablePointer<RadixChild>?
        var child = root
        while let node = child.node {
            depth += node.prefixLength
            if depth == key.count {
                node.end.pointee = .none
                shrink(node, at: place, depth: depth - node.prefixLength)
                break
            }
            guard let next = node.child(key[depth]) else { return false }
            if next.pointee.leaf != nil {
                node.remove(key[depth])
                shrink(node, at: place, depth: depth - node.prefixLength)
                break
            }
            place = next
            child = next.pointee
            depth += 1
        }
        if child.leaf != nil { root = .none }
        arena.release(leaf.base, RadixLeaf.byteCount(keyLength: leaf.key.count))
        count -= 1
        return true
    }

    /// Gives a node that lost a child a smaller form, or its only remaining child its place.
    private func shrink(
        _ node: RadixNode, at place: UnsafeMutablePointer<RadixChild>?, depth: Int
    ) {
        let end = node.end.pointee
        if node.count == 0 {
            replace(place, with: end)
            arena.release(node.base, RadixNode.byteCount(node.size))
        } else if node.count == 1, end.isNone {
            joinOnlyChild(of: node, at: place, depth: depth)
        } else {
            // Well below the smaller capacity, so that a key that comes and goes does not resize.
            let smaller: (size: RadixNode.Size, limit: Int) =
                switch node.size {
                case .four: (.four, -1)
                case .sixteen: (.four, 3)
                case .fortyEight: (.sixteen, 12)
                case .full: (.fortyEight, 36)
                }
            if node.count <= smaller.limit {
                replace(place, with: RadixChild(node.resized(smaller.size, in: &arena)))
            }
        }
    }

    private func joinOnlyChild(
        of node: RadixNode, at place: UnsafeMutablePointer<RadixChild>?, depth: Int
    ) {
        guard let (byte, child) = node.child(from: 0) else { return }
        if let below = child.node {
            let length = node.prefixLength
            var joined = Array(prefix(of: node, at: depth).prefix(RadixNode.inlinePrefix))
            joined.append(UInt8(truncatingIfNeeded: byte))
            let inner = prefix(of: below, at: depth + length + 1)
            joined += inner.prefix(RadixNode.inlinePrefix)
            below.prefixLength = length + 1 + inner.count
            for (index, value) in joined.prefix(RadixNode.inlinePrefix).enumerated() {
                below.prefixBytes.storeBytes(of: value, toByteOffset: index, as: UInt8.self)
            }
        }
        replace(place, with: child)
        arena.release(node.base, RadixNode.byteCount(node.size))
    }
}
