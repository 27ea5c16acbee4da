/// Which versions of a key an index has to keep.
struct VersionPolicy {
    /// What was replaced at this revision or before is no longer asked for.
    var horizon: UInt64
    /// Whether nothing older lies below, so that what is not there need not be said.
    var isBottom: Bool
    /// What expires up to here is a tombstone.
    var expired: Int64

    /// Whether a version stays; `newer` is the version that replaced it, nil for the newest.
    func keeps(_ entry: IndexEntry, newer: IndexEntry?, _ collection: UInt16) -> Bool {
        guard collection >= SystemCollection.firstUser else { return newer == nil }
        if let newer, newer.version <= horizon { return false }
        // The oldest version that anybody sees need not say that the key is absent.
        let isGone = entry.isDead || entry.expiresAt != 0 && entry.expiresAt <= expired
        return !(isBottom && isGone && entry.version <= horizon)
    }

    /// Versions of one key, newest first, less those that nobody can ask for.
    func kept(_ versions: [IndexEntry], _ collection: UInt16) -> [IndexEntry] {
        if versions.count == 1 {
            return keeps(versions[0], newer: nil, collection) ? versions : []
        }
        return versions.indices.filter { index in
            keeps(versions[index], newer: index > 0 ? versions[index - 1] : nil, collection)
        }.map { versions[$0] }
    }
}
