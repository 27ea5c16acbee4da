import Glibc

/// An error of the operating system about a file.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `open`.
    public let operation: String
    /// The file.
    public let path: String
    /// The system's error number.
    public let errno: Int32

    /// An error of a call; numbers that tests need are constants of this type.
    public init(operation: String, path: String, errno: Int32) {
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
    public var isNoSpace: Bool { [ENOSPC, EDQUOT].contains(errno) || isFileTooLarge }

    /// Whether the process, or the system, has as many files open as it may.
    public var isTooManyFiles: Bool { operation == "open" && [EMFILE, ENFILE].contains(errno) }

    /// Whether it is the process's limit on the size of a file.
    public var isFileTooLarge: Bool { errno == EFBIG && operation != "read" }

    /// Whether it lies in a file that it cannot be read, and not in what the process has or may do.
    public var isOfFile: Bool { ![EMFILE, ENFILE, ENOMEM, EACCES, EPERM].contains(errno) }

    /// Whether the device failed.
    public var isOfDevice: Bool { errno == EIO }

    /// Whether nothing is there.
    public var isNoSuchFile: Bool { errno == ENOENT }

    /// The error number for a file that is not there.
    public static let noFile = ENOENT
    /// The error number for a file that is not open.
    public static let notOpen = EBADF
    /// The error number for a name that is taken.
    public static let nameTaken = EEXIST
    /// The error number for a device without space.
    public static let noSpace = ENOSPC
    /// The error number for a file that is larger than it may be.
    public static let tooLarge = EFBIG
    /// The error number for a device that failed.
    public static let deviceFailed = EIO
    /// The error number for a device that is gone.
    public static let noDevice = ENODEV
    /// The error number for an argument that no call takes.
    public static let invalidArgument = EINVAL
    /// The error number for what the file system cannot do.
    public static let notSupported = EOPNOTSUPP

    /// The system has no thread to give.
    package static let noThread = FileError(operation: "pthread_create", path: "", errno: EAGAIN)

    /// What an error number means.
    package static func text(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// The path, what was tried and why it failed.
    public var description: String {
        "cannot \(operation) \(path): \(Self.text(errno))"
    }
}
