import Synchronization

/// All that one entering message causes.
///
/// Every message on an edge and every handling refers to its lineage; when the last reference goes,
/// all it caused is done. So reference counting is the bookkeeping, and a lineage costs one
/// allocation when a message enters.
final class Lineage: Sendable {
    let id: UInt64
    private let parents: [Lineage]
    private let hasFailed = Atomic<Bool>(false)
    private let whenDone: (@Sendable (Bool) -> Void)?

    init(id: UInt64, whenDone: (@Sendable (Bool) -> Void)?) {
        self.id = id
        self.whenDone = whenDone
        parents = []
    }

    private init(merging parents: [Lineage]) {
        id = parents[0].id
        whenDone = nil
        self.parents = parents
    }

    /// The lineage of an output that several messages caused: theirs stay open as long as it does.
    static func merging(_ lineages: [Lineage]) -> Lineage? {
        var distinct: [Lineage] = []
        var seen = Set<ObjectIdentifier>()
        for lineage in lineages where seen.insert(ObjectIdentifier(lineage)).inserted {
            distinct.append(lineage)
        }
        return distinct.count < 2 ? distinct.first : Lineage(merging: distinct)
    }

    /// Notes that something in the lineage failed and nothing handled it.
    func markFailed() {
        hasFailed.store(true, ordering: .relaxed)
        for parent in parents { parent.markFailed() }
    }

    deinit {
        whenDone?(!hasFailed.load(ordering: .relaxed))
    }
}
