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
            guard Names.isName(name) else {
                return .invalid(
                    "a port's name has 1 to \(FlowLimits.nameBytes) letters, digits, `_` or `-` and "
                        + "begins with a letter or `_`, found \"\(name)\"", at: path(index))
            }
            guard !taken.insert(name).inserted else { return nil }
            let reason = reserved.contains(name) ? "reserved" : "taken"
            return .invalid("the name \"\(name)\" is \(reason)", at: path(index))
        }
    }
}
