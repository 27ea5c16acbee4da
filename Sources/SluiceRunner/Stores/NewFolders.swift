import Glibc
import Sluice
import SluiceSystem

/// The folders that a command makes for a store, to be taken away again where it comes to nothing.
struct NewFolders {
    /// The innermost first.
    private let paths: [String]

    /// Looks what is missing before the store is made.
    init(for path: String) {
        var paths: [String] = []
        var folder = path
        while !Folder.exists(folder), paths.last != folder {
            paths.append(folder)
            folder = Folder.containing(folder)
        }
        self.paths = paths
    }

    /// Removes those that are empty.
    func remove() {
        for path in paths { rmdir(path) }
    }
}
