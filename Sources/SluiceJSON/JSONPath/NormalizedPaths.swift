/// Finds the normalized paths (RFC 9535, section 2.7) of places by going over the tape once.
struct NormalizedPaths {
    let tape: Tape
    let root: UInt32

    /// A container on the way to the place that is looked for.
    private struct Level {
        var children: TapeChildren
        let isObject: Bool
        /// How many children have been taken, and the last of them.
        var count = 0
        var child: UInt32
        /// How long the path is without the step into the child.
        let prefix: Int
    }

    /// The paths in the order of the places, which may come in any order and more than once.
    func paths(to places: [UInt32]) -> [String] {
        var paths = Array(repeating: "", count: places.count)
        var levels: [Level] = []
        var path = Array("$".utf8)
        for index in places.indices.sorted(by: { places[$0] < places[$1] }) {
            descend(to: places[index], &levels, &path)
            paths[index] = String(decoding: path, as: UTF8.self)
        }
        return paths
    }

    /// Goes on from the last place to one that is not before it.
    private func descend(to place: UInt32, _ levels: inout [Level], _ path: inout [UInt8]) {
        while let level = levels.last, tape.node(level.child).next <= place {
            advance(to: place, &levels, &path)
        }
        while (levels.last?.child ?? root) < place {
            let container = levels.last?.child ?? root
            levels.append(
                Level(
                    children: TapeChildren(tape, of: container),
                    isObject: tape.node(container).isObject, child: container, prefix: path.count))
            advance(to: place, &levels, &path)
        }
    }

    /// Takes children of the innermost container up to the one that has the place.
    private func advance(to place: UInt32, _ levels: inout [Level], _ path: inout [UInt8]) {
        guard var level = levels.popLast() else { return }
        path.removeLast(path.count - level.prefix)
        while let child = level.children.next() {
            level.child = child
            level.count += 1
            guard tape.node(child).next <= place else {
                appendStep(level, &path)
                levels.append(level)
                return
            }
        }
    }

    private func appendStep(_ level: Level, _ path: inout [UInt8]) {
        path.append(UInt8(ascii: "["))
        if level.isObject {
            appendName(tape.node(level.child - 1), &path)
        } else {
            path.append(contentsOf: String(level.count - 1).utf8)
        }
        path.append(UInt8(ascii: "]"))
    }

    private func appendName(_ name: Node, _ path: inout [UInt8]) {
        path.append(UInt8(ascii: "'"))
        var reader = StringText.Reader(tape.content(name), hasEscapes: name.hasEscapes)
        while let byte = reader.next() {
            switch byte {
            case 0x08: path.append(contentsOf: "\\b".utf8)
            case 0x09: path.append(contentsOf: "\\t".utf8)
            case 0x0A: path.append(contentsOf: "\\n".utf8)
            case 0x0C: path.append(contentsOf: "\\f".utf8)
            case 0x0D: path.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): path.append(contentsOf: [0x5C, byte])
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                path.append(contentsOf: (digits.count < 2 ? "\\u000" : "\\u00").utf8)
                path.append(contentsOf: digits.utf8)
            default: path.append(byte)
            }
        }
        path.append(UInt8(ascii: "'"))
    }
}
