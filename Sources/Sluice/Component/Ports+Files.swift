extension Ports {
    /// A file of a node, as its settings name it.
    struct NodeFile: Sendable {
        enum Way: Sendable {
            case reading
            case writing(isKept: Bool)
        }

        var path: String
        var way: Way

        var use: FilePlaces.Use {
            if case .reading = way { .reading } else { .writing }
        }
    }

    /// Declares that the node reads a file; `-` is standard input.
    ///
    /// A run does not start that would write a file which it reads.
    public mutating func readsFile(_ path: String) {
        files.append(NodeFile(path: path, way: .reading))
    }

    /// Declares that the node writes lines to a file; `-` is standard output.
    ///
    /// - Parameter isKept: Whether what the file holds stays.
    public mutating func writesFile(_ path: String, isKept: Bool) {
        files.append(NodeFile(path: path, way: .writing(isKept: isKept)))
    }
}
