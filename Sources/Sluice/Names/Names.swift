import SluiceSystem

/// The names that flow files may use.
package enum Names {
    /// Of flows' nodes, ports and parameters: a letter or `_`, then letters, digits, `_` or `-`.
    package static func isName(_ text: String) -> Bool {
        text.utf8.count <= FlowLimits.nameBytes && isVariable(text)
    }

    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
    }

    /// The names that have been seen in one place: a set, or a list while they are few.
    struct Seen {
        private static let listed = 8
        private var list: [String] = []
        private var set = Set<Name>()

        /// Takes a name in; false where it is there already.
        mutating func insert(_ name: String) -> Bool {
            guard list.count >= Self.listed else {
                guard !list.has(name) else { return false }
                list.append(name)
                if list.count == Self.listed { set = Set(list.map { Name($0) }) }
                return true
            }
            return set.insert(Name(name)).inserted
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}
