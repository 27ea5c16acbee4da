import Glibc
import Synchronization

/// The operating system's files.
///
/// Safe to use from any thread; all values are alike.
public struct PosixFileSystem: FileSystem {
    /// The file that tells who owns a folder.
    package static let lockFileName = "LOCK"
    /// What is made is its owner's alone, whatever the process's mask says.
    private static let fileMode: mode_t = 0o600
    private static let folderMode: mode_t = 0o700
    /// How many links one path may lead through, as in the system.
    private static let maximumLinks = 40

    /// The file system of this process.
    public init() {}

    /// Creates a folder and those above it.
    public func makeDirectory(_ path: String) throws(FileError) -> [String] {
        var missing: [String] = []
        var current = path
        var status = stat()
        while stat(current, &status) != 0 {
            guard errno == ENOENT else { throw .system("stat", current) }
            missing.append(current)
            current = Self.parent(current)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError(operation: "mkdir", path: current, errno: ENOTDIR)
        }
        var changed: [String] = []
        for folder in missing.reversed() {
            if mkdir(folder, Self.folderMode) == 0 {
                chmod(folder, Self.folderMode)
            } else if errno != EEXIST {
                throw .system("mkdir", folder)
            }
            changed.append(Self.parent(folder))
        }
        return changed
    }

    /// The names inside a folder, in no order.
    public func list(_ path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else { throw .system("opendir", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                guard errno == 0 else { throw .system("readdir", path) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Opens a file for reading and writing.
    public func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let flags = creating ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR
        var descriptor = Glibc.open(path, flags | O_CLOEXEC, Self.fileMode)
        // Who may only look can still open a store for reading.
        if descriptor < 0, !creating, [EACCES, EROFS, EPERM].contains(errno) {
            descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw .system("open", path) }
        if creating { fchmod(descriptor, Self.fileMode) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    /// Gives a file another name.
    public func rename(_ path: String, to target: String) throws(FileError) {
        guard Glibc.rename(path, target) == 0 else { throw .system("rename", path) }
    }

    /// Removes a file's name.
    public func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 else { throw .system("unlink", path) }
    }

    /// Gives a file a second name.
    public func link(_ path: String, to target: String) throws(FileError) {
        guard Glibc.link(path, target) == 0 else { throw .system("link", path) }
    }

    /// Whether two paths lead to the same file or folder.
    public func isSame(_ path: String, _ other: String) -> Bool {
        var one = stat()
        var two = stat()
        guard stat(path, &one) == 0, stat(other, &two) == 0 else { return false }
        return one.st_dev == two.st_dev && one.st_ino == two.st_ino
    }

    /// The folder at a path and all above it, links followed.
    public func folders(upFrom path: String) -> [String] {
        guard let nearest = Self.nearest(path), let real = realpath(nearest, nil) else { return [] }
        defer { free(real) }
        // A name that is not UTF-8 has no text: from there the way up is `..`.
        let text = String(validatingCString: real)
        var folder = text ?? nearest
        var status = stat()
        if stat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            folder = Self.parent(folder)
        }
        var folders = [folder]
        while text == nil ? !isSame(folder, "/") && access(folder, F_OK) == 0 : folder != "/" {
            folder = text == nil ? "\(folder)/.." : Self.parent(folder)
            folders.append(folder)
        }
        return folders
    }

    /// The path, or the nearest above it, at which something is.
    private static func nearest(_ path: String) -> String? {
        var current = path
        var links = 0
        while access(current, F_OK) != 0 {
            if let target = link(current) {
                links += 1
                guard links <= maximumLinks else { return nil }
                current =
                    target.utf8.first == UInt8(ascii: "/") ? target : "\(parent(current))/\(target)"
            } else {
                let above = parent(current)
                guard above != current else { return nil }
                current = above
            }
        }
        return current
    }

    /// Where a link leads; nil for anything else.
    private static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes creations, renames and removals inside a folder durable.
    public func syncDirectory(_ path: String) throws(FileError) {
        try openFolder(path).sync()
    }

    /// Opens a folder, for syncs of it.
    public func openFolder(_ path: String) throws(FileError) -> any OpenFolder {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        return PosixFolder(descriptor, path)
    }

    /// Tries once to become the owner of a folder.
    public func lock(folder path: String) throws(FileError) -> LockAttempt {
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("open", path) }
        let isLocked = flock(folder, LOCK_EX | LOCK_NB) == 0
        let reason = errno
        let owner: PosixFile
        do throws(FileError) {
            owner = try Self.ownerFile(path)
        } catch {
            close(folder)
            throw error
        }
        // Some file systems of other machines lock no folders: there the file has to do.
        let canLock = ![EBADF, EINVAL, ENOLCK, EOPNOTSUPP].contains(reason)
        guard isLocked || !canLock, owner.lock() else {
            if isLocked { flock(folder, LOCK_UN) }
            close(folder)
            return .busy(processID: owner.processID())
        }
        try owner.truncate(to: 0)
        try owner.write(Array("\(getpid())\n".utf8), at: 0)
        return .acquired(PosixFolderLock(descriptor: folder, file: owner))
    }

    /// A lock says nothing about its owner, so the owner writes it into a file.
    private static func ownerFile(_ folder: String) throws(FileError) -> PosixFile {
        let path = folder + "/" + Self.lockFileName
        return PosixFile(descriptor: try openOwnerFile(path), path: path)
    }

    private static func openOwnerFile(_ path: String) throws(FileError) -> Int32 {
        let flags = O_RDWR | O_CLOEXEC
        while true {
            let known = Glibc.open(path, flags)
            if known >= 0 { return known }
            guard errno == ENOENT else { throw .system("open", path) }
            let new = Glibc.open(path, flags | O_CREAT | O_EXCL, fileMode)
            if new >= 0 {
                fchmod(new, fileMode)
                return new
            }
            // Another process made it, and may have removed it again.
            guard errno == EEXIST else { throw .system("open", path) }
        }
    }

    /// Opens a file, pipe or terminal to read or write it from start to end.
    public func stream(
        _ path: String, _ mode: FileStream.Mode
    ) throws(FileError) -> FileStream {
        try FileStream(path, mode)
    }

    /// What the file at a path is known by: device and inode.
    public func identity(_ path: String) -> FileIdentity? { FileIdentity(path: path) }

    /// Where opening a path for writing makes a file that is not there.
    public func placeOfNewFile(_ path: String) throws(FileError) -> String {
        let place = Folder.placeOfNewFile(path)
        guard access(Folder.containing(place), W_OK | X_OK) == 0 else {
            throw .system("open", path)
        }
        return place
    }

    /// Milliseconds of a clock that never goes back.
    public func monotonicMilliseconds() -> Int64 {
        SystemClock.monotonicMilliseconds()
    }

    /// Blocks the calling thread.
    public func pause(milliseconds: Int) {
        usleep(UInt32(clamping: milliseconds * 1000))
    }

    private static func parent(_ path: String) -> String {
        var path = Substring(path)
        let mark = UInt8(ascii: "/")
        while path.utf8.count > 1, path.utf8.last == mark {
            path = Substring(path.utf8.dropLast())
        }
        guard let slash = path.utf8.lastIndex(of: mark) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// An open folder; closed when the last reference goes.
private final class PosixFolder: OpenFolder {
    private let descriptor: Int32
    private let path: String

    init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .system("fsync", path) }
    }
}

/// The lock of a folder, and the file that names its owner; both go with the object.
private final class PosixFolderLock: FileLock {
    private let descriptor: Int32
    private let file: PosixFile?

    init(descriptor: Int32, file: PosixFile?) {
        self.descriptor = descriptor
        self.file = file
    }

    /// Closing alone would not do: a process that is just being started, from any thread of this one,
    /// has the open files too, until its own program begins.
    deinit {
        file?.unlock()
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    func isFolder(at path: String) -> Bool { PosixFile.isSame(descriptor, path) }
}
