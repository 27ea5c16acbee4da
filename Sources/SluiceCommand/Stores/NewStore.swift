import Glibc
import Sluice
import SluiceStore

/// A store that a command makes, and takes away again where it has nothing to keep in it.
struct NewStore {
    private let path: String
    /// The folders that are made for it, the innermost first.
    private let folders: [String]

    /// Looks what is missing before the store is made.
    init(_ path: String) {
        self.path = path
        var folders: [String] = []
        var folder = path
        while !Folder.exists(folder), folders.last != folder {
            folders.append(folder)
            folder = Folder.containing(folder)
        }
        self.folders = folders
    }

    /// Takes the files of the store away, and the folders that were made for it.
    ///
    /// To be called while the store is owned, so that no other process can have begun to use it; it is
    /// to be closed afterwards, which then fails.
    func remove() {
        for name in (try? Folder.names(in: path)) ?? [] where LogStore.isOwn(fileName: name) {
            unlink(Folder.join(path, name))
        }
        for folder in folders { rmdir(folder) }
    }
}
