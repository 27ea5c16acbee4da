import SluiceSystem
internal import Synchronization

/// The revisions at which somebody reads.
///
/// Whoever replaces a version that an open snapshot sees keeps the old one, so neither waits for
/// the other.
final class OpenSnapshots: Sendable {
    private let open = Monitor<[UInt64: Int]>([:])
    private let newest = Atomic<UInt64>(0)

    /// Begins to read at a revision.
    ///
    /// The store's lock has to be held for reading, so that no version is replaced unseen.
    func begin(_ revision: UInt64) {
        open.withLock { open in
            open[revision, default: 0] += 1
            newest.store(max(newest.load(ordering: .relaxed), revision), ordering: .relaxed)
        }
    }

    /// Ends what `begin` began.
    func end(_ revision: UInt64) {
        open.withLock { open in
            let count = (open[revision] ?? 1) - 1
            open[revision] = count > 0 ? count : nil
            if count <= 0 { newest.store(open.keys.max() ?? 0, ordering: .relaxed) }
        }
    }

    /// Whether somebody sees a version that is about to be replaced.
    ///
    /// The store's lock has to be held for writing.
    @inline(__always)
    func sees(_ entry: IndexEntry) -> Bool {
        entry.version <= newest.load(ordering: .relaxed)
    }

    var count: Int {
        open.withLock { $0.values.reduce(0, +) }
    }
}
