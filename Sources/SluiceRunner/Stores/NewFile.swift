import Glibc
import Sluice
import SluiceSystem

/// A file that gets its name when it is whole: until then it has another beside it, and what had the
/// name stays.
///
/// What is no ordinary file, such as a pipe or `/dev/null`, is written as it is.
final class NewFile {
    private let path: String
    /// The name until the file is whole; nil where it has no other.
    private let temporary: String?
    private var file: FileStream?

    /// What whoever made the file, and nobody else, may do with it.
    private static let permissions: mode_t = 0o600

    /// Makes the file, for its owner alone; where one is there that allows less, with what that
    /// allows.
    init(_ path: String) throws(CommandFailure) {
        self.path = Folder.resolved(path)
        var permissions = Self.permissions
        var isOrdinary = true
        var status = stat()
        if stat(path, &status) == 0 {
            isOrdinary = status.st_mode & S_IFMT == S_IFREG
            permissions &= status.st_mode
        }
        temporary = isOrdinary ? "\(self.path).\(getpid()).tmp" : nil
        do throws(FileError) {
            if let temporary {
                // What a process of the same number has left.
                unlink(temporary)
                file = try FileStream(temporary, .new(permissions: permissions))
            } else {
                file = try FileStream(path, .write)
            }
        } catch {
            throw CommandFailure(
                "cannot open \(path): \(String(cString: strerror(error.errno)))", code: .cannotStart
            )
        }
    }

    /// Removes what was not finished.
    deinit {
        if file != nil, let temporary { unlink(temporary) }
    }

    /// Adds bytes.
    func write(_ bytes: [UInt8]) throws(FileError) { try file?.write(bytes) }

    /// Ends the file where it is not whole, and gives the name that the part written keeps; nil where
    /// it has none, or nothing was written.
    func keepPart() -> String? {
        var status = stat()
        guard file != nil, let temporary, stat(temporary, &status) == 0, status.st_size > 0 else {
            return nil
        }
        file = nil
        return temporary
    }

    /// Makes the file durable and gives it its name.
    func finish() throws(FileError) {
        guard let temporary else {
            file = nil
            return
        }
        try file?.sync()
        guard rename(temporary, path) == 0 else {
            throw FileError(operation: "write", path: path, errno: errno)
        }
        file = nil
        let folder = open(Folder.containing(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        guard folder >= 0, fsync(folder) == 0 else {
            throw FileError(operation: "write", path: path, errno: errno)
        }
    }
}
