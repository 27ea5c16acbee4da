/// Bytes of replaced records by the revision that replaced them, joined when there are many.
struct ReplacedBytes: Hashable, Sendable {
    struct Part: Hashable, Sendable {
        /// The last revision that replaced some of them.
        var through: UInt64
        var bytes: Int
    }

    static let maximumParts = 32

    private(set) var parts: [Part] = []

    init(parts: [Part] = []) {
        self.parts = parts
    }

    /// Adds bytes replaced by a revision newer than all before.
    mutating func add(_ bytes: Int, by revision: UInt64) {
        if parts.count == Self.maximumParts {
            // Pairs of neighbours count until the later of their revisions.
            parts = stride(from: 0, to: parts.count, by: 2).map {
                Part(through: parts[$0 + 1].through, bytes: parts[$0].bytes + parts[$0 + 1].bytes)
            }
        }
        if let last = parts.last, last.through == revision {
            parts[parts.count - 1].bytes += bytes
        } else {
            parts.append(Part(through: revision, bytes: bytes))
        }
    }

    /// Bytes replaced after a revision, rounded up.
    func bytes(after revision: UInt64) -> Int {
        parts.reduce(0) { $0 + ($1.through > revision ? $1.bytes : 0) }
    }
}
