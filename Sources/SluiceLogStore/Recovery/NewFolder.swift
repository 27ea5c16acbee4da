import SluiceSystem

/// A folder in which a store is being made from another.
///
/// It has a file that says so until everything is durable; with it the folder cannot be opened, so
/// that half a store is never taken for a whole one.
struct NewFolder {
    static let marker = "UNFINISHED"

    let fileSystem: Disk
    let path: String
    /// Keeps others from making a store in the folder at the same time.
    let lock: any FileLock

    /// Creates and locks the folder, which must not be there or be empty, or hold what an earlier
    /// attempt left.
    static func begin(
        _ fileSystem: Disk, _ path: String
    ) throws(LogStoreError) -> NewFolder {
        let changed = try fileSystem.makeDirectory(path)
        let lock: any FileLock
        switch try fileSystem.lock(folder: path) {
        case .acquired(let acquired): lock = acquired
        case .busy(let processID): throw .locked(path: path, processID: processID)
        }
        let folder = NewFolder(fileSystem: fileSystem, path: path, lock: lock)
        let names = try fileSystem.list(path).filter { $0 != PosixFileSystem.lockFileName }
        guard names.isEmpty || names.contains(marker) && names.allSatisfy(isOwn) else {
            throw .invalid("\(path) is not empty")
        }
        try fileSystem.open(folder.path(marker), creating: true).sync()
        try fileSystem.syncDirectory(path)
        for folder in changed { try fileSystem.syncDirectory(folder) }
        for name in names where name != marker { try fileSystem.remove(folder.path(name)) }
        return folder
    }

    /// Refuses a folder to write into that is the source, lies in it, in another store or in a
    /// backup, or that the source lies in.
    static func checkApart(
        _ fileSystem: Disk, _ target: String, from source: String
    ) throws(LogStoreError) {
        if fileSystem.isSame(target, source) { throw .invalid("\(target) is \(source) itself") }
        if fileSystem.folders(upFrom: target).contains(where: { fileSystem.isSame($0, source) }) {
            throw .invalid("\(target) lies in \(source)")
        }
        if fileSystem.folders(upFrom: source).contains(where: { fileSystem.isSame($0, target) }) {
            throw .invalid("\(source) lies in \(target)")
        }
        try checkOutside(fileSystem, target)
    }

    /// Refuses a file or folder to write that lies in a store or in a backup, or is a file of one
    /// under another name; the error calls it as is said.
    static func checkOutside(
        _ fileSystem: Disk, _ path: String, called name: String? = nil
    ) throws(LogStoreError) {
        let name = name ?? path
        guard !isFileOfStore(path, fileSystem) else {
            throw .invalid("\(name) is a file of a store or a backup")
        }
        for folder in fileSystem.folders(upFrom: path) where !fileSystem.isSame(folder, path) {
            let names = (try? fileSystem.list(folder)) ?? []
            if names.contains(where: { isMark($0, folder, fileSystem) }) {
                throw .invalid("\(name) lies in \(folder), which is a store or a backup")
            }
        }
    }

    /// Whether a file is one of a store or a backup, as far as its bytes tell: a link may lead to it
    /// from anywhere.
    private static func isFileOfStore(_ path: String, _ fileSystem: Disk) -> Bool {
        guard let file = try? fileSystem.open(path, creating: false), let size = try? file.size(),
            size > 0
        else { return false }
        func begins(with magic: [UInt8], at offset: Int = 0) -> Bool {
            var bytes = [UInt8](repeating: 0, count: magic.count)
            return (try? file.read(into: &bytes, at: offset)) == magic.count && bytes == magic
        }
        return begins(with: SegmentHead.magic) || begins(with: Manifest.magic)
            || begins(with: RunFormat.magic, at: max(0, size - RunFormat.pageByteCount))
            || begins(with: Array(BackupList.title.utf8))
    }

    /// Whether a name says that a folder is a store or a backup, or that one has been begun there.
    private static func isMark(
        _ name: String, _ folder: String, _ fileSystem: Disk
    ) -> Bool {
        if BackupList.isStored(name) { return true }
        guard [BackupList.fileName, BackupList.temporaryName, marker].contains(name) else {
            return false
        }
        return BackupList.isBegun(folder + "/" + name, fileSystem)
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

    static func isOwn(_ name: String) -> Bool {
        [marker, Manifest.fileName, Reserve.fileName, PosixFileSystem.lockFileName].contains(name)
            || name.hasSuffix(".tmp")
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
