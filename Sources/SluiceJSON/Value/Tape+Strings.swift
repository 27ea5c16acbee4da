import Glibc

extension Tape {
    /// The decoded string of a node.
    func string(_ node: Node) -> String {
        let content = self.content(node)
        guard node.hasEscapes else { return String(decoding: content, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: content.count) { target in
            StringText.decode(content, into: target)
        }
    }

    /// Whether the decoded string of a node is these bytes of UTF-8.
    @inline(__always)
    func isString(_ node: Node, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if node.hasEscapes { return StringText.order(content(node), true, bytes, false) == 0 }
        let count = node.byteCount - 2
        guard count == bytes.count else { return false }
        guard let other = bytes.baseAddress else { return count == 0 }
        return memcmp(text + Int(node.start) + 1, other, count) == 0
    }

    /// Compares two decoded strings by their Unicode scalars: negative, 0 or positive.
    func order(_ node: Node, _ other: Node, in tape: Tape) -> Int {
        StringText.order(content(node), node.hasEscapes, tape.content(other), other.hasEscapes)
    }

    /// How many Unicode scalars the decoded string has.
    func scalarCount(_ node: Node) -> Int {
        var reader = StringText.Reader(content(node), hasEscapes: node.hasEscapes)
        var count = 0
        while let byte = reader.next() {
            if byte & 0xC0 != 0x80 { count += 1 }
        }
        return count
    }

    /// The value of the last member of that name.
    func lastMember(of index: UInt32, named name: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let object = node(index)
        guard object.isObject else { return nil }
        var found: UInt32?
        var current = index + 1
        while current < object.next {
            if isString(node(current), name) { found = current + 1 }
            current = node(current + 1).next
        }
        return found
    }

    /// The element at a place counted from 0.
    func element(of index: UInt32, at position: Int) -> UInt32? {
        let array = node(index)
        guard array.kind == .array, position >= 0 else { return nil }
        guard array.count == Node.maximumCount || position < array.count else { return nil }
        if Int(array.next - index) == array.count + 1 {
            // No element has anything below it.
            return index + 1 + UInt32(truncatingIfNeeded: position)
        }
        var current = index + 1
        var left = position
        while left > 0, current < array.next {
            current = node(current).next
            left -= 1
        }
        return current < array.next ? current : nil
    }
}

/// The text between the quotes of a JSON string that is known to be valid.
enum StringText {
    /// Decodes escapes; the target has at least as many bytes as the text.
    ///
    /// Returns the bytes written.
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var reader = Reader(text, hasEscapes: true)
        var count = 0
        while let byte = reader.next(), count < target.count {
            target[count] = byte
            count += 1
        }
        return count
    }

    /// Compares the decoded texts byte by byte, which is the order of their Unicode scalars.
    static func order(
        _ left: UnsafeBufferPointer<UInt8>, _ leftHasEscapes: Bool,
        _ right: UnsafeBufferPointer<UInt8>, _ rightHasEscapes: Bool
    ) -> Int {
        var left = Reader(left, hasEscapes: leftHasEscapes)
        var right = Reader(right, hasEscapes: rightHasEscapes)
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
            }
        }
    }

    /// Reads the decoded bytes one by one.
    struct Reader {
        private let text: UnsafeBufferPointer<UInt8>
        private let hasEscapes: Bool
        private var position = 0
        /// Bytes of a decoded scalar that are still to be given, the lowest first.
        private var pending: UInt32 = 0

        init(_ text: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
            self.text = text
            self.hasEscapes = hasEscapes
        }

        mutating func next() -> UInt8? {
            if pending != 0 { return takePending() }
            guard position < text.count else { return nil }
            let byte = text[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), hasEscapes, position < text.count else { return byte }
            return escape()
        }

        private mutating func takePending() -> UInt8 {
            let byte = UInt8(truncatingIfNeeded: pending)
            pending >>= 8
            return byte
        }

        private mutating func escape() -> UInt8 {
            let letter = text[position]
            position += 1
            switch letter {
            case UInt8(ascii: "b"): return 0x08
            case UInt8(ascii: "f"): return 0x0C
            case UInt8(ascii: "n"): return 0x0A
            case UInt8(ascii: "r"): return 0x0D
            case UInt8(ascii: "t"): return 0x09
            case UInt8(ascii: "u"): return scalar()
            default: return letter
            }
        }

        private mutating func scalar() -> UInt8 {
            var value = unit()
            if value >= 0xD800, value < 0xDC00, position + 6 <= text.count {
                position += 2
                value = 0x10000 + (value - 0xD800) << 10 + (unit() & 0x3FF)
            }
            switch value {
            case 0..<0x80:
                return UInt8(truncatingIfNeeded: value)
            case 0x80..<0x800:
                pending = 0x80 | value & 0x3F
                return UInt8(truncatingIfNeeded: 0xC0 | value >> 6)
            case 0x800..<0x10000:
                pending = (0x80 | value >> 6 & 0x3F) | (0x80 | value & 0x3F) << 8
                return UInt8(truncatingIfNeeded: 0xE0 | value >> 12)
            default:
                pending = (0x80 | value >> 12 & 0x3F) | (0x80 | value >> 6 & 0x3F) << 8
                pending |= (0x80 | value & 0x3F) << 16
                return UInt8(truncatingIfNeeded: 0xF0 | value >> 18)
            }
        }

        private mutating func unit() -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 where position < text.count {
                value = value << 4 | UInt32(ASCII.hexValue(text[position]) ?? 0)
                position += 1
            }
            return value
        }
    }
}
