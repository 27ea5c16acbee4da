import Glibc

/// What the tester does with files and folders.
enum Files {
    static func read(_ path: String) throws(Finding) -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw failure("open", path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        while true {
            var part = [UInt8](repeating: 0, count: 1 << 18)
            let count = Glibc.read(file, &part, part.count)
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += part.prefix(count)
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws(Finding) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { throw failure("create", path) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    static func makeFolder(_ path: String) throws(Finding) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("make", path) }
    }

    /// The names in a folder, in order; none where there is no folder.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func remove(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    static func move(_ path: String, to other: String) throws(Finding) {
        guard rename(path, other) == 0 else { throw failure("move", path) }
    }

    /// Copies a folder with the files in it, so that nothing is shared.
    static func copyFolder(_ path: String, to other: String) throws(Finding) {
        try makeFolder(other)
        for name in names(in: path) {
            try write(read("\(path)/\(name)"), to: "\(other)/\(name)")
        }
    }

    private static func failure(_ what: String, _ path: String) -> Finding {
        Finding("tester", "cannot \(what) \(path): errno \(errno)")
    }
}
