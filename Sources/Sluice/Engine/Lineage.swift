import Synchronization

/// All that one entering message causes.
///
/// Every message on an edge and every handling refers to its lineage; when the last reference goes,
/// all it caused is done. So reference counting is the bookkeeping, and a lineage costs one
/// allocation when a message enters.
final class Lineage: Sendable {
    let id: UInt64
    /// Taken apart by a `deinit` only, when nothing else refers to the lineage any more: hence
    /// `nonisolated(unsafe)`.
    private nonisolated(unsafe) var parents: [Lineage]
    private let hasFailed = Atomic<Bool>(false)
    private let whenDone: (@Sendable (Bool) -> Void)?
    /// The call of a sub-flow that the lineage is.
    private let ownCall: Call?

    init(id: UInt64, whenDone: (@Sendable (Bool) -> Void)?) {
        self.id = id
        self.whenDone = whenDone
        parents = []
        ownCall = nil
    }

    /// The lineage of a message inside a sub-flow; that of the message which entered stays open.
    init(calling call: Call, from parent: Lineage) {
        id = parent.id
        parents = [parent]
        whenDone = { _ in call.end() }
        ownCall = call
    }

    /// The innermost call of a sub-flow that the lineage belongs to; of an output that messages of
    /// several calls made, that of the last.
    var call: Call? {
        var lineage = self
        while lineage.ownCall == nil, let parent = lineage.parents.last { lineage = parent }
        return lineage.ownCall
    }

    private init(merging parents: [Lineage]) {
        id = parents[0].id
        whenDone = nil
        ownCall = nil
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
        var rest = [self]
        while let next = rest.popLast() {
            guard !next.hasFailed.exchange(true, ordering: .relaxed) else { continue }
            rest += next.parents
        }
    }

    deinit {
        whenDone?(!hasFailed.load(ordering: .relaxed))
        // One after the other: where messages join in a cycle, each round has the one before as parent.
        var rest = parents
        parents = []
        while var next = rest.popLast() {
            guard isKnownUniquelyReferenced(&next) else { continue }
            rest += next.parents
            next.parents = []
        }
    }
}
