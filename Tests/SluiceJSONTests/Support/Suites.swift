import Glibc

/// The public conformance suites, kept beside the checkout or where `SLUICE_SUITES` says.
enum Suites {
    static let folder: String? = {
        var root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        root.removeLast(4)
        let beside = root.joined(separator: "/") + "/../shared/suites"
        let named = getenv("SLUICE_SUITES").map { String(cString: $0) }
        return [named, beside].compactMap(\.self).first { access($0, R_OK) == 0 }
    }()

    static let areThere = folder != nil

    /// The bytes of a file below the folder, nil where it cannot be read.
    static func bytes(of file: String) -> [UInt8]? {
        guard let folder else { return nil }
        let descriptor = open(folder + "/" + file, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The names of the files in a folder, in order.
    static func files(in name: String) -> [String] {
        guard let folder, let directory = opendir(folder + "/" + name) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
