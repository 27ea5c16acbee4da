/// A folder in which a store is being made from another.
///
/// It has a file that says so until everything is durable; with it the folder cannot be opened, so
/// that half a store is never taken for a whole one.
struct NewFolder {
    static let marker = "UNFINISHED"

    let fileSystem: any FileSystem
    let path: String

    /// Creates the folder, which must not be there or be empty, or hold what an earlier attempt
    /// left.
    static func begin(
        _ fileSystem: any FileSystem, _ path: String
    ) throws(LogStoreError) -> NewFolder {
        let changed = try fileSystem.makeDirectory(path)
        let folder = NewFolder(fileSystem: fileSystem, path: path)
        let names = try fileSystem.list(path)
        guard names.isEmpty || names.contains(marker) && names.allSatisfy(isOwn) else {
            throw .invalid("\(path) is not empty")
        }
        try fileSystem.open(folder.path(marker), creating: true).sync()
        try fileSystem.syncDirectory(path)
        for folder in changed { try fileSystem.syncDirectory(folder) }
        for name in names where name != marker { try fileSystem.remove(folder.path(name)) }
        return folder
    }

    func path(_ name: String) -> String {
        path + "/" + name
    }

    /// Lets the folder be a store; all its files have been synced.
    func finish() throws(LogStoreError) {
        try fileSystem.syncDirectory(path)
        try fileSystem.remove(path(Self.marker))
        try fileSystem.syncDirectory(path)
    }

    private static func isOwn(_ name: String) -> Bool {
        name == marker || name == Manifest.fileName || name == "LOCK" || name.hasSuffix(".tmp")
            || SegmentHead.id(fileName: name) != nil || Run.id(fileName: name) != nil
    }

    /// Refuses a folder that is not finished.
    static func checkFinished(
        _ names: [String], _ directory: String
    ) throws(LogStoreError) {
        guard names.contains(marker) else { return }
        throw .invalid(
            "\(directory) is not a whole store: a restore or repair into it was interrupted;"
                + " run it again")
    }
}
