import Glibc

/// The system's wall clock.
enum SystemClock {
    /// Milliseconds since 1970.
    static func milliseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// This process.
enum SystemProcess {
    static var id: Int32 { getpid() }
}

/// Texts for error numbers.
enum SystemMessage {
    /// The number for a file that is not there.
    static let noFile = ENOENT
    /// The number for what the file system cannot do.
    static let notSupported = EOPNOTSUPP

    static func text(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}

extension LogStoreError {
    /// The failure of the system call just made.
    static func system(_ operation: String, _ path: String) -> LogStoreError {
        .io(operation: operation, path: path, errno: errno)
    }

    /// Whether the device, a quota, or the process's limit on the size of files has no space left.
    var isNoSpace: Bool {
        if case .io(_, _, let number) = self { return [ENOSPC, EDQUOT, EFBIG].contains(number) }
        return false
    }

    /// Whether the process, or the system, has as many files open as it may.
    var isTooManyFiles: Bool {
        if case .io("open", _, let number) = self { return [EMFILE, ENFILE].contains(number) }
        return false
    }

    /// Whether it is the process's limit on the size of a file.
    var isFileTooLarge: Bool {
        if case .io(_, _, EFBIG) = self { true } else { false }
    }

    /// Whether it lies in a file that it cannot be read, and not in what the process has or may do.
    var isOfFile: Bool {
        guard case .io(_, _, let number) = self else { return false }
        return ![EMFILE, ENFILE, ENOMEM, EACCES, EPERM].contains(number)
    }

    /// Whether the device failed.
    var isOfDevice: Bool {
        if case .io(_, _, EIO) = self { true } else { false }
    }

    var isNoSuchFile: Bool {
        if case .io(_, _, let number) = self { return number == ENOENT }
        return false
    }
}
