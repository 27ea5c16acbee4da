import SluiceSystem

/// A store that an opening makes, and that is taken away again where it comes to nothing.
///
/// Only its owner may do that: another process may have begun to use the folder meanwhile.
enum NewStore {
    /// Whether files are those of no store.
    static func isNone(_ names: [String]) -> Bool {
        !names.contains { NewFolder.isOwn($0) && $0 != PosixFileSystem.lockFileName }
    }

    /// Removes the files of a store from a folder that is locked.
    static func remove(from directory: String, _ fileSystem: Disk) {
        for name in (try? fileSystem.list(directory)) ?? [] where NewFolder.isOwn(name) {
            try? fileSystem.remove(directory + "/" + name)
        }
    }
}
