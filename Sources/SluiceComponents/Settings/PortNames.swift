import Sluice

/// Names that settings give to ports.
enum PortNames {
    /// What is wrong with the names: each has to be one that can stand in a flow file, once.
    ///
    /// - Parameters:
    ///   - reserved: Names that the component's own ports have.
    ///   - path: The path of the setting that holds the name of that index.
    static func problems(
        in names: [String], reserved: Set<String> = [], at path: (Int) -> String
    ) -> [Failure] {
        let reserved = reserved.union(["error"])
        var taken = reserved
        return names.enumerated().compactMap { index, name in
            guard isValid(name) else {
                return .invalid(
                    "a port's name has 1 to 64 letters, digits, `_` or `-` and begins with a letter"
                        + " or `_`, found \"\(name)\"", at: path(index))
            }
            guard !taken.insert(name).inserted else { return nil }
            let reason = reserved.contains(name) ? "reserved" : "taken"
            return .invalid("the name \"\(name)\" is \(reason)", at: path(index))
        }
    }

    private static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        return isLetter(first) && name.utf8.allSatisfy { isLetter($0) || isDigitOrDash($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x61...0x7A).contains(byte | 0x20)
    }

    private static func isDigitOrDash(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
    }
}
