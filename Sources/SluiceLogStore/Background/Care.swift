/// What the background steps share; only one of them runs at a time.
///
/// Steps are flush, compaction and merge. Each ends with a new manifest; a crash before it leaves
/// the store as it was, with files that nothing names.
struct Care {
    /// The manifest that is on the device, or that opening would make anew.
    var manifest: Manifest
    /// Births of segments that should be gone but whose files may still be there; they keep
    /// tombstones alive.
    var strayBirths: [UInt64] = []
    /// Whether the manifest on the device tells of what opening did; nothing but a flush may run
    /// before it does.
    var isSettled = true
    /// Files to remove once it does.
    var doomed: [String] = []
}

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
