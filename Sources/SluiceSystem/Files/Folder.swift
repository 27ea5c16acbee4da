import Glibc

/// Folders and paths.
package enum Folder {
    /// The folder part of a path; `.` where there is none.
    package static func containing(_ path: String) -> String {
        guard let slash = path.lastIndex(ofASCII: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    package static func lastPart(of path: String) -> String {
        String(path.parts(betweenASCII: "/").last ?? "")
    }

    /// `path` as it stands from `folder`: absolute paths as they are.
    package static func join(_ folder: String, _ path: String) -> String {
        var path = Substring(path)
        while path.begins(with: "./"), path.utf8.count > 2 {
            path = Substring(path.utf8.dropFirst(2))
        }
        if path.begins(with: "/") || folder.isEmpty || folder == "." { return String(path) }
        return folder.ends(with: "/") ? folder + path : "\(folder)/\(path)"
    }

    /// The path without `.`, `..` and repeated slashes, by its text alone.
    package static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.parts(betweenASCII: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.begins(with: "/") {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return path.begins(with: "/") ? "/\(joined)" : joined.isEmpty ? "." : joined
    }

    /// Whether the path of the current folder is UTF-8: what starts there could not be named else.
    package static var isCurrentNamedInUTF8: Bool {
        guard let real = realpath(".", nil) else { return true }
        defer { free(real) }
        return String(validatingCString: real) != nil
    }

    /// The absolute path with links resolved, as far as it exists.
    ///
    /// A path that leads by a link to a name that is not UTF-8 stays as it is: the system finds that.
    package static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(validatingCString: real) ?? path
        }
        let clean = normalized(path)
        let parent = containing(clean)
        guard parent != clean else { return clean }
        let last = lastPart(of: clean)
        guard last != ".." else { return clean }
        return join(resolved(parent), last)
    }

    /// Whether something is there.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a folder is there.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether an ordinary file is there: no folder, no pipe, no device.
    package static func isOrdinaryFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// What the system knows a file or folder by, whatever its path.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let number: UInt64
    }

    /// The identity of what is there, links followed; nil where nothing is.
    package static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Makes a folder and those above it.
    package static func create(_ path: String) throws(FileError) {
        guard !isFolder(path) else { return }
        let parent = containing(path)
        if parent != path, !isFolder(parent) { try create(parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST, isFolder(path) else {
            throw FileError(
                operation: "create the folder", path: path, errno: errno == EEXIST ? ENOTDIR : errno
            )
        }
    }

    /// The names of what a folder holds, sorted.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else {
            throw FileError(operation: "list", path: path, errno: errno)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// A new empty folder for temporary files.
    package static func temporary(_ name: String = "sluice") throws(FileError) -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(operation: "create a folder in", path: base, errno: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a folder and all in it; links are removed, not followed.
    package static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? names(in: path)) ?? [] { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
