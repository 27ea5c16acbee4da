extension Tape {
    /// Appends the text and the nodes of a value, without white space between tokens.
    @inline(__always)
    func copy(_ index: UInt32, to writer: inout TapeWriter) {
        if isCompact || !node(index).isContainer {
            copyAsItIs(index, to: &writer)
        } else {
            copyCompacted(index, to: &writer)
        }
    }

    private func copyAsItIs(_ index: UInt32, to writer: inout TapeWriter) {
        let root = node(index)
        let textShift = UInt32(truncatingIfNeeded: writer.textCount) &- root.start
        let indexShift = UInt32(truncatingIfNeeded: writer.nodeCount) &- index
        writer.append(bytes(root))
        let count = Int(root.next - index)
        let target = writer.reserveNodes(count)
        let source = nodes + Int(index)
        for current in 0..<count {
            target[current] = source[current].moved(text: textShift, index: indexShift)
        }
        writer.advanceNodes(count)
    }

    /// An open container has the place of its parent in `end` until its closing mark is seen.
    private func copyCompacted(_ index: UInt32, to writer: inout TapeWriter) {
        let root = node(index)
        let count = Int(root.next - index)
        let target = writer.reserveNodes(count)
        let text = writer.reserveText(root.byteCount)
        let indexShift = UInt32(truncatingIfNeeded: writer.nodeCount) &- index
        let base = UInt32(truncatingIfNeeded: writer.textCount)
        var length = 0
        var position = Int(root.start)
        var open = UInt32.max
        func copyMarks(upTo end: Int) {
            while position < end {
                let byte = self.text[position]
                text[length] = byte
                length += ASCII.isBlank(byte) ? 0 : 1
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                    let parent = target[Int(open)].end
                    target[Int(open)].end = base &+ UInt32(truncatingIfNeeded: length)
                    open = parent
                }
                position += 1
            }
        }
        for current in 0..<count {
            var node = nodes[Int(index) + current]
            copyMarks(upTo: Int(node.start))
            node.next &+= indexShift
            let size = node.byteCount
            node.start = base &+ UInt32(truncatingIfNeeded: length)
            if node.isContainer {
                node.end = open
                open = UInt32(truncatingIfNeeded: current)
            } else {
                (text + length).update(from: self.text + position, count: size)
                length += size
                position += size
                node.end = base &+ UInt32(truncatingIfNeeded: length)
            }
            target[current] = node
        }
        copyMarks(upTo: Int(root.end))
        writer.advanceText(length)
        writer.advanceNodes(count)
    }

    /// Writes the text of a value without white space between tokens; returns how many bytes it has.
    ///
    /// The target has room for the text as it is.
    func writeCompacted(_ index: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let root = node(index)
        var length = 0
        var position = Int(root.start)
        func copyMarks(upTo end: Int) {
            while position < end {
                let byte = text[position]
                target[length] = byte
                length += ASCII.isBlank(byte) ? 0 : 1
                position += 1
            }
        }
        var current = index
        while current < root.next {
            let node = self.node(current)
            if !node.isContainer {
                copyMarks(upTo: Int(node.start))
                (target + length).update(from: text + position, count: node.byteCount)
                length += node.byteCount
                position = Int(node.end)
            }
            current += 1
        }
        copyMarks(upTo: Int(root.end))
        return length
    }

    /// How many bytes `writeCompacted` writes.
    func compactedByteCount(_ index: UInt32) -> Int {
        let root = node(index)
        var blanks = 0
        var position = Int(root.start)
        func countBlanks(upTo end: Int) {
            while position < end {
                blanks += ASCII.isBlank(text[position]) ? 1 : 0
                position += 1
            }
        }
        for current in index..<root.next where !node(current).isContainer {
            countBlanks(upTo: Int(node(current).start))
            position = Int(node(current).end)
        }
        countBlanks(upTo: Int(root.end))
        return root.byteCount - blanks
    }
}
