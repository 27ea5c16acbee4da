package import SluiceSystem

extension LogStore {
    /// Removes the files of a store that this opening made and that no record was written to, and
    /// closes it; gives whether it was such a store.
    ///
    /// No other thread may use the store any more.
    package func discard() -> Bool { engine.discard() }

    /// Refuses, with `invalid`, what `backup`, `restore` and `repair` refuse as a target for its
    /// place: the source, what lies in it, in another store or in a backup, and what it lies in.
    package static func checkApart(
        _ target: String, from source: String
    ) throws(LogStoreError) {
        try NewFolder.checkApart(Disk(PosixFileSystem()), target, from: source)
    }

    /// Refuses, with `invalid`, a file or folder that lies in a store or in a backup, or is a file of
    /// one under another name; the error calls it as is said, or else by its path.
    ///
    /// Pipes and devices hold no store, and a pipe must not be opened for a look: its reader would see a
    /// writer come and go, and take that for the end.
    package static func checkOutside(
        _ path: String, called name: String? = nil, on files: any FileSystem = PosixFileSystem()
    ) throws(LogStoreError) {
        if let kind = files.identity(path)?.kind, [.stream, .other].contains(kind) { return }
        try NewFolder.checkOutside(Disk(files), path, called: name)
    }
}
