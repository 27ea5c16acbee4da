extension Tape {
    /// Appends the text and the nodes of a value of a compact document.
    func copy(_ index: UInt32, to text: inout [UInt8], _ nodes: inout [Node]) {
        let root = node(index)
        let textShift = UInt32(truncatingIfNeeded: text.count) &- root.start
        let indexShift = UInt32(truncatingIfNeeded: nodes.count) &- index
        text.append(contentsOf: bytes(root))
        nodes.reserveCapacity(nodes.count + Int(root.next - index))
        for current in index..<root.next {
            nodes.append(node(current).moved(text: textShift, index: indexShift))
        }
    }

    /// The same for a document with white space between its tokens, which is left out.
    func copyCompacted(_ index: UInt32, to text: inout [UInt8], _ nodes: inout [Node]) {
        let root = node(index)
        let indexShift = UInt32(truncatingIfNeeded: nodes.count) &- index
        var position = Int(root.start)
        var open: [(container: Int, source: Node)] = []
        func copyMarks(upTo end: Int) {
            while position < end {
                if !ASCII.isBlank(self.text[position]) { text.append(self.text[position]) }
                position += 1
            }
        }
        func closeContainers(before next: UInt32) {
            while let last = open.last, last.source.next <= next {
                copyMarks(upTo: Int(last.source.end))
                nodes[last.container].end = UInt32(truncatingIfNeeded: text.count)
                open.removeLast()
            }
        }
        for current in index..<root.next {
            closeContainers(before: current)
            var node = self.node(current)
            copyMarks(upTo: Int(node.start))
            if node.isContainer {
                open.append((nodes.count, node))
            } else {
                text.append(contentsOf: bytes(node))
                position = Int(node.end)
            }
            let end = UInt32(truncatingIfNeeded: text.count)
            node.start = node.isContainer ? end : end &- (node.end &- node.start)
            node.end = end
            node.next &+= indexShift
            nodes.append(node)
        }
        closeContainers(before: root.next)
    }
}
