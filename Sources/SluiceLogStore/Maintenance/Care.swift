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
