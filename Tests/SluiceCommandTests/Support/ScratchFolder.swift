import Glibc

/// A folder with files that goes with the test.
final class ScratchFolder {
    let path: String

    /// Makes a folder with these files; a name may have folders in it.
    init(_ files: [String: String] = [:]) {
        var template = Array("/tmp/sluice-test-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files { write(text, to: name) }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        _ = Glibc.remove(path)
    }

    /// The paths of all files and links below the folder with their sizes, sorted, without those
    /// that processes leave to say who they were.
    var files: [String] { Self.files(path).map { String($0.dropFirst(path.utf8.count + 1)) } }

    private static func files(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var files: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard ![".", "..", "LOCK"].contains(name) else { continue }
            let inner = "\(path)/\(name)"
            var status = stat()
            guard lstat(inner, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                files += ["\(inner)/"] + Self.files(inner)
            } else {
                files.append("\(inner) \(status.st_size)")
            }
        }
        return files.sorted()
    }

    func write(_ text: String, to name: String) {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        guard let file = fopen("\(path)/\(name)", "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// Changes one bit of a file, so many bytes behind where it has a text for the first or the last
    /// time.
    func damage(_ text: String, behind count: Int = 0, in name: String, last: Bool = false) {
        let path = "\(path)/\(name)"
        guard var bytes = Self.bytes(at: path), let wanted = text.utf8.first else { return }
        let places = bytes.indices.filter {
            bytes[$0] == wanted && bytes[$0...].starts(with: text.utf8)
        }
        guard let place = last ? places.last : places.first, let file = fopen(path, "w") else {
            return
        }
        bytes[place + count] ^= 1
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// Cuts bytes off a file's end.
    func cut(_ count: off_t, from name: String) {
        var status = stat()
        guard stat("\(path)/\(name)", &status) == 0 else { return }
        truncate("\(path)/\(name)", status.st_size - count)
    }

    /// Removes a file.
    func remove(_ name: String) { unlink("\(path)/\(name)") }

    /// The text of a file; nil where it is not there.
    func text(of name: String) -> String? { Self.text(at: "\(path)/\(name)") }

    /// The text of any file; nil where it is not there.
    static func text(at path: String) -> String? {
        bytes(at: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(at path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF {
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        return bytes
    }
}
