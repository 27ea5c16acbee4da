import Glibc

/// An error of the operating system about a file.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `open`.
    package let operation: String
    /// The file.
    package let path: String
    /// The system's error number.
    package let errno: Int32

    /// Makes an error of the call that was just made.
    package init(operation: String, path: String, errno: Int32) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// The failure of the system call just made.
    package static func system(_ operation: String, _ path: String) -> FileError {
        FileError(operation: operation, path: path, errno: Glibc.errno)
    }

    /// Whether the device, the user's share of it, or the process's limit on the size of files has no
    /// space left.
    package var isNoSpace: Bool { [ENOSPC, EDQUOT].contains(errno) || isFileTooLarge }

    /// Whether the process, or the system, has as many files open as it may.
    package var isTooManyFiles: Bool { operation == "open" && [EMFILE, ENFILE].contains(errno) }

    /// Whether it is the process's limit on the size of a file.
    package var isFileTooLarge: Bool { errno == EFBIG && operation != "read" }

    /// Whether it lies in a file that it cannot be read, and not in what the process has or may do.
    package var isOfFile: Bool { ![EMFILE, ENFILE, ENOMEM, EACCES, EPERM].contains(errno) }

    /// Whether the device failed.
    package var isOfDevice: Bool { errno == EIO }

    /// Whether nothing is there.
    package var isNoSuchFile: Bool { errno == ENOENT }

    /// The error number for a file that is not there.
    package static let noFile = ENOENT
    /// The error number for what the file system cannot do.
    package static let notSupported = EOPNOTSUPP

    /// The system has no thread to give.
    package static let noThread = FileError(operation: "pthread_create", path: "", errno: EAGAIN)

    /// What an error number means.
    package static func text(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// The path, what was tried and why it failed.
    package var description: String {
        "cannot \(operation) \(path): \(Self.text(errno))"
    }
}
