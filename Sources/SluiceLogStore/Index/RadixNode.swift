/// An inner node of a radix tree, in memory laid out by hand so that one step of a search touches
/// one or two cache lines.
///
/// Layout: type u8, 1 unused, child count u16, prefix length u32, first 8 prefix bytes, the leaf
/// whose key ends here, and then by type: sorted key bytes with children (4 and 16), a table of
/// 256 places with 48 children, or 256 children.
struct RadixNode: Equatable {
    enum Size: UInt8 {
        case four = 0
        case sixteen = 1
        case fortyEight = 2
        case full = 3
    }

    static let inlinePrefix = 8
    private static let endOffset = 16
    private static let bodyOffset = 24

    let base: UnsafeMutableRawPointer

    static func byteCount(_ size: Size) -> Int {
        switch size {
        case .four: 64
        case .sixteen: 168
        case .fortyEight: 280 + 48 * 8
        case .full: 24 + 256 * 8
        }
    }

    static func capacity(_ size: Size) -> Int {
        switch size {
        case .four: 4
        case .sixteen: 16
        case .fortyEight: 48
        case .full: 256
        }
    }

    /// Makes an empty node in fresh memory.
    static func create(_ size: Size, in arena: inout Arena) -> RadixNode {
        let base = arena.allocate(byteCount(size))
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount(size))
        base.storeBytes(of: size.rawValue, as: UInt8.self)
        return RadixNode(base: base)
    }

    @inline(__always)
    var size: Size {
        Size(rawValue: base.load(as: UInt8.self)) ?? .full
    }

    @inline(__always)
    var count: Int {
        get { Int(base.load(fromByteOffset: 2, as: UInt16.self)) }
        nonmutating set {
            base.storeBytes(
                of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 2, as: UInt16.self)
        }
    }

    /// Bytes that all keys below share; only the first 8 are in the node.
    @inline(__always)
    var prefixLength: Int {
        get { Int(base.load(fromByteOffset: 4, as: UInt32.self)) }
        nonmutating set {
            base.storeBytes(
                of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt32.self)
        }
    }

    @inline(__always)
    var prefixBytes: UnsafeMutableRawPointer { base + 8 }

    /// The leaf whose key ends at this node.
    @inline(__always)
    var end: UnsafeMutablePointer<RadixChild> {
        (base + Self.endOffset).assumingMemoryBound(to: RadixChild.self)
    }

    // MARK: Children

    @inline(__always)
    private func children(_ size: Size) -> UnsafeMutablePointer<RadixChild> {
        let offset =
            switch size {
            case .four: 32
            case .sixteen: 40
            case .fortyEight: 280
            case .full: 24
            }
        return (base + offset).assumingMemoryBound(to: RadixChild.self)
    }

    @inline(__always)
    private var keys: UnsafeMutablePointer<UInt8> {
        (base + Self.bodyOffset).assumingMemoryBound(to: UInt8.self)
    }

    /// Where the child under `byte` is kept, or nil.
    @inline(__always)
    func child(_ byte: UInt8) -> UnsafeMutablePointer<RadixChild>? {
        switch size {
        case .four:
            let keys = keys
            for index in 0..<count where keys[index] == byte { return children(.four) + index }
            return nil
        case .sixteen:
            // Eight bytes at a time: the lowest set bit is the first zero byte of the difference.
            let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
            for half in 0..<2 {
                let word = base.load(fromByteOffset: Self.bodyOffset + half * 8, as: UInt64.self)
                let difference = word.littleEndian ^ pattern
                let zeros =
                    (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
                if zeros != 0 {
                    let index = half * 8 + zeros.trailingZeroBitCount / 8
                    return index < count ? children(.sixteen) + index : nil
                }
            }
            return nil
        case .fortyEight:
            let place = keys[Int(byte)]
            return place == 0 ? nil : children(.fortyEight) + Int(place - 1)
        case .full:
            let slot = children(.full) + Int(byte)
            return slot.pointee.isNone ? nil : slot
        }
    }

    /// The child with the smallest byte that is at least `byte`.
    func child(from byte: Int) -> (byte: Int, child: RadixChild)? {
        let size = size
        let children = children(size)
        switch size {
        case .four, .sixteen:
            for index in 0..<count where Int(keys[index]) >= byte {
                return (Int(keys[index]), children[index])
            }
        case .fortyEight:
            for candidate in byte..<max(byte, 256) where keys[candidate] != 0 {
                return (candidate, children[Int(keys[candidate]) - 1])
            }
        case .full:
            for candidate in byte..<max(byte, 256) where !children[candidate].isNone {
                return (candidate, children[candidate])
            }
        }
        return nil
    }

    /// The child with the largest byte that is at most `byte`.
    func child(upTo byte: Int) -> (byte: Int, child: RadixChild)? {
        let size = size
        let children = children(size)
        switch size {
        case .four, .sixteen:
            for index in stride(from: count - 1, through: 0, by: -1) where Int(keys[index]) <= byte
            {
                return (Int(keys[index]), children[index])
            }
        case .fortyEight:
            for candidate in stride(from: byte, through: 0, by: -1) where keys[candidate] != 0 {
                return (candidate, children[Int(keys[candidate]) - 1])
            }
        case .full:
            for candidate in stride(from: byte, through: 0, by: -1)
            where !children[candidate].isNone {
                return (candidate, children[candidate])
            }
        }
        return nil
    }

    /// Adds a child under a byte that has none.
    ///
    /// The node must not be full.
    func add(_ byte: UInt8, _ child: RadixChild) {
        let size = size
        let children = children(size)
        let count = count
        switch size {
        case .four, .sixteen:
            var index = count
            while index > 0, keys[index - 1] > byte {
                keys[index] = keys[index - 1]
                children[index] = children[index - 1]
                index -= 1
            }
            keys[index] = byte
            children[index] = child
        case .fortyEight:
            var place = 0
            while !children[place].isNone { place += 1 }
            children[place] = child
            keys[Int(byte)] = UInt8(place + 1)
        case .full:
            children[Int(byte)] = child
        }
        self.count = count + 1
    }

    /// Removes the child under a byte that has one.
    func remove(_ byte: UInt8) {
        let size = size
        let children = children(size)
        let count = count
        switch size {
        case .four, .sixteen:
            var index = 0
            while index < count, keys[index] != byte { index += 1 }
            while index + 1 < count {
                keys[index] = keys[index + 1]
                children[index] = children[index + 1]
                index += 1
            }
        case .fortyEight:
            let place = Int(keys[Int(byte)])
            if place > 0 { children[place - 1] = .none }
            keys[Int(byte)] = 0
        case .full:
            children[Int(byte)] = .none
        }
        self.count = count - 1
    }

    /// The same node with another capacity; the old memory is given back.
    func resized(_ size: Size, in arena: inout Arena) -> RadixNode {
        let copy = RadixNode.create(size, in: &arena)
        copy.prefixLength = prefixLength
        copy.prefixBytes.copyMemory(from: prefixBytes, byteCount: Self.inlinePrefix)
        copy.end.pointee = end.pointee
        var byte = 0
        while let (found, child) = child(from: byte) {
            copy.add(UInt8(truncatingIfNeeded: found), child)
            byte = found + 1
        }
        arena.release(base, Self.byteCount(self.size))
        return copy
    }
}

/// What hangs below a node: nothing, another node, or a leaf (the lowest bit is set).
struct RadixChild: Equatable {
    private var word: UInt

    static let none = RadixChild(word: 0)

    private init(word: UInt) {
        self.word = word
    }

    init(_ node: RadixNode) {
        word = UInt(bitPattern: node.base)
    }

    init(_ leaf: RadixLeaf) {
        word = UInt(bitPattern: leaf.base) | 1
    }

    @inline(__always)
    var isNone: Bool { word == 0 }

    @inline(__always)
    var leaf: RadixLeaf? {
        guard word & 1 == 1, let base = UnsafeMutableRawPointer(bitPattern: word & ~1) else {
            return nil
        }
        return RadixLeaf(base: base)
    }

    @inline(__always)
    var node: RadixNode? {
        guard word & 1 == 0, let base = UnsafeMutableRawPointer(bitPattern: word) else {
            return nil
        }
        return RadixNode(base: base)
    }
}

/// One key with its entry.
struct RadixLeaf: Equatable {
    private static let keyLengthOffset = MemoryLayout<IndexEntry>.size
    private static let keyOffset = MemoryLayout<IndexEntry>.size + 4

    let base: UnsafeMutableRawPointer

    static func byteCount(keyLength: Int) -> Int {
        keyOffset + keyLength
    }

    static func create(
        _ key: UnsafeRawBufferPointer, _ entry: IndexEntry, in arena: inout Arena
    ) -> RadixLeaf {
        let base = arena.allocate(byteCount(keyLength: key.count))
        base.storeBytes(of: entry, as: IndexEntry.self)
        base.storeBytes(
            of: UInt32(truncatingIfNeeded: key.count), toByteOffset: keyLengthOffset,
            as: UInt32.self)
        if let bytes = key.baseAddress {
            (base + keyOffset).copyMemory(from: bytes, byteCount: key.count)
        }
        return RadixLeaf(base: base)
    }

    @inline(__always)
    var entry: IndexEntry {
        get { base.load(as: IndexEntry.self) }
        nonmutating set { base.storeBytes(of: newValue, as: IndexEntry.self) }
    }

    @inline(__always)
    var key: UnsafeRawBufferPointer {
        let count = Int(base.load(fromByteOffset: Self.keyLengthOffset, as: UInt32.self))
        return UnsafeRawBufferPointer(start: base + Self.keyOffset, count: count)
    }

    @inline(__always)
    func hasKey(_ other: UnsafeRawBufferPointer) -> Bool {
        let key = key
        guard key.count == other.count else { return false }
        return key.lexicallyCompared(to: other) == 0
    }
}
