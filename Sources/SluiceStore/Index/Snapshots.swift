/// The searches that span more than one hold of the lock, and the old entries they still need.
///
/// A search reads the live index piece by piece. Whoever replaces an entry that an open snapshot
/// sees leaves the old one here, so neither waits for the other. Memory is one entry for each key
/// overwritten while a search is open. All but `begin` needs the store's lock for writing.
final class Snapshots {
    /// An entry that was replaced, with its segment, whose file it keeps open.
    struct Former {
        var entry: IndexEntry
        var segment: Segment
    }

    /// Revisions of the open snapshots, with the number of searches at each.
    private var open: [UInt64: Int] = [:]
    private var newest: UInt64 = 0
    private let starting = Monitor(())
    private var former: [KeyName: [Former]] = [:]
    /// Tombstones whose records are gone and whose entries go when no snapshot is open.
    private(set) var departed: [(name: KeyName, version: UInt64)] = []

    var isEmpty: Bool { open.isEmpty }

    /// Starts a search.
    ///
    /// The lock has to be held for reading, together with other searches.
    func begin(_ revision: UInt64) {
        starting.withLock { _ in
            open[revision, default: 0] += 1
            newest = max(newest, revision)
        }
    }

    /// Ends a search; gives the tombstones to remove from the index when it was the last.
    func end(_ revision: UInt64) -> [(name: KeyName, version: UInt64)] {
        let count = (open[revision] ?? 1) - 1
        open[revision] = count > 0 ? count : nil
        guard open.isEmpty else { return [] }
        newest = 0
        former.removeAll()
        defer { departed.removeAll() }
        return departed
    }

    /// Whether an entry that is about to be replaced has to be kept.
    func needs(_ entry: IndexEntry) -> Bool {
        !open.isEmpty && entry.version <= newest
    }

    func keep(_ entry: IndexEntry, of name: KeyName, in segment: Segment) {
        former[name, default: []].append(Former(entry: entry, segment: segment))
    }

    func depart(_ name: KeyName, version: UInt64) {
        departed.append((name, version))
    }

    /// What a snapshot sees of a key whose present entry is younger.
    func former(_ name: KeyName, at revision: UInt64) -> Former? {
        former[name]?.last { $0.entry.version <= revision }
    }
}
