import Glibc
import Sluice

/// A file that gets its name when it is whole: until then it has another beside it, and what had the
/// name stays.
///
/// What is no ordinary file, such as a pipe or `/dev/null`, is written as it is.
final class NewFile {
    private let path: String
    /// The name until the file is whole; nil where it has no other.
    private let temporary: String?
    private var file: File?

    /// Makes the file.
    init(_ path: String) throws(CommandFailure) {
        self.path = Folder.resolved(path)
        let isOrdinary = !Folder.exists(path) || (try? File(path, .read))?.size != nil
        temporary = isOrdinary ? "\(self.path).\(getpid()).tmp" : nil
        do throws(FileError) {
            file = try File(temporary ?? path, .write)
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

    /// Makes the file durable and gives it its name.
    func finish() throws(CommandFailure) {
        file = nil
        guard let temporary else { return }
        guard Self.sync(temporary, O_WRONLY), rename(temporary, path) == 0,
            Self.sync(Folder.containing(path), O_RDONLY | O_DIRECTORY)
        else {
            let number = errno
            unlink(temporary)
            throw CommandFailure(
                "cannot write \(path): \(String(cString: strerror(number)))", code: .failed)
        }
    }

    private static func sync(_ path: String, _ flags: Int32) -> Bool {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
