import Synchronization

/// All that one entering message causes: its number, and a claim where somebody waits for its end.
///
/// A value that every message on an edge and every handling has. Most lineages have no claim: nothing is
/// counted for them.
struct Lineage: Sendable {
    let id: UInt64
    var claim: Claim?

    /// The lineage of an output that several messages caused: theirs stay open as long as it does.
    static func merging(_ lineages: some Collection<Lineage>) -> Lineage? {
        guard let first = lineages.first else { return nil }
        return Lineage(id: first.id, claim: Claim.merging(lineages))
    }

    /// Notes that something in the lineage failed and nothing handled it.
    func markFailed() { claim?.markFailed() }
}

/// What keeps a lineage open: when the last reference goes, the lineage is complete.
///
/// So reference counting is the bookkeeping.
final class Claim: Sendable {
    /// Taken apart by a `deinit` only, when nothing else refers to the claim any more: hence
    /// `nonisolated(unsafe)`.
    private nonisolated(unsafe) var parents: [Claim]
    private let hasFailed = Atomic<Bool>(false)
    private let whenComplete: (@Sendable (Bool) -> Void)?
    /// Who waits for the end, where it also gets what comes out.
    private let waiter: (any AnyObject & Sendable)?

    /// - Parameter whenComplete: Called once all that the message caused is done; the argument says
    ///   whether everything went well.
    init(whenComplete: @escaping @Sendable (Bool) -> Void) {
        self.whenComplete = whenComplete
        waiter = nil
        parents = []
    }

    /// The claim of somebody who gets what comes out; that of the message which entered stays open.
    init(
        of waiter: any AnyObject & Sendable, inside parent: Claim?,
        whenComplete: @escaping @Sendable (Bool) -> Void
    ) {
        self.waiter = waiter
        self.whenComplete = whenComplete
        parents = [parent].compactMap(\.self)
    }

    private init(merging parents: [Claim]) {
        whenComplete = nil
        waiter = nil
        self.parents = parents
    }

    fileprivate static func merging(_ lineages: some Collection<Lineage>) -> Claim? {
        guard lineages.contains(where: { $0.claim != nil }) else { return nil }

        var distinct: [Claim] = []
        var seen = Set<ObjectIdentifier>()
        for case let claim? in lineages.lazy.map(\.claim)
        where seen.insert(ObjectIdentifier(claim)).inserted {
            distinct.append(claim)
        }
        return distinct.count < 2 ? distinct.first : Claim(merging: distinct)
    }

    /// The innermost waiter of that type; of an output that messages of several made, that of the last.
    func waiter<T: AnyObject>(as type: T.Type) -> T? {
        var claim = self
        while true {
            if let waiter = claim.waiter as? T { return waiter }
            guard let parent = claim.parents.last else { return nil }
            claim = parent
        }
    }

    fileprivate func markFailed() {
        var rest = [self]
        while let next = rest.popLast() {
            guard !next.hasFailed.exchange(true, ordering: .relaxed) else { continue }
            rest += next.parents
        }
    }

    deinit {
        whenComplete?(!hasFailed.load(ordering: .relaxed))
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

/// Numbers the lineages of a run.
final class LineageNumbers: Sendable {
    private let last = Atomic<UInt64>(0)

    /// A lineage that nobody waits for.
    func next() -> Lineage { Lineage(id: last.wrappingAdd(1, ordering: .relaxed).newValue) }
}
