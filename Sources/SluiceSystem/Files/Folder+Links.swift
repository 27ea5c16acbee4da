import Glibc

extension Folder {
    /// A link that leads nowhere.
    package struct DanglingLink: Sendable, Hashable {
        /// The link.
        package let path: String
        /// What it says.
        package let target: String

        /// The link, and what is not there.
        package var text: String { "\(path) is a link to \(target), which is not there" }
    }

    /// The link that keeps a path from being there: the path itself, or a folder on the way; nil
    /// where it is there, or could be made.
    package static func danglingLink(on path: String) -> DanglingLink? {
        var current = path
        while !exists(current) {
            if let target = target(ofLink: current) {
                return DanglingLink(path: current, target: target)
            }
            let parent = containing(current)
            guard parent != current else { return nil }
            current = parent
        }
        return nil
    }

    /// Where opening a path for writing makes a file that is not there: where links that lead nowhere
    /// say.
    package static func placeOfNewFile(_ path: String) -> String {
        var path = path
        for _ in 0..<maximumLinks {
            guard let target = target(ofLink: path) else { break }
            path = join(containing(path), target)
        }
        return path
    }

    /// The descriptor of this process that a path names, such as 0 for `/dev/stdin`; nil for other paths.
    package static func descriptor(named path: String) -> Int32? {
        var path = normalized(path)
        for _ in 0..<maximumLinks {
            let folders = ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
            for folder in folders where path.begins(with: folder) {
                return Int32(
                    String(decoding: path.utf8.dropFirst(folder.utf8.count), as: UTF8.self))
            }
            guard let target = target(ofLink: path) else { return nil }
            path = normalized(join(containing(path), target))
        }
        return nil
    }

    /// How many links the system follows.
    private static let maximumLinks = 40

    /// Where a link leads; nil for anything else.
    private static func target(ofLink path: String) -> String? {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(String(path), &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
