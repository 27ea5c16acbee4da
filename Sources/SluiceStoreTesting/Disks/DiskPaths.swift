import SluiceSystem

// What the disks in memory say of paths: files have whole paths for names, and every path a folder.

extension Name {
    /// The name under which a disk keeps the file or folder at a path.
    init(path: String) { self.init(Folder.normalized(path)) }

    /// The name's last part where it lies in a folder itself.
    func lastPart(in folder: Name) -> String? {
        guard let slash = text.lastIndex(ofASCII: "/") else {
            return folder.text.isSame(as: ".") ? text : nil
        }
        let containing = slash == text.startIndex ? "/" : text[..<slash]
        guard containing.isSame(as: folder.text) else { return nil }
        return String(text.utf8.dropFirst(text.utf8.distance(from: text.startIndex, to: slash) + 1))
    }
}

extension Folder {
    /// The folder at a path and all above it, the nearest first.
    static func upwards(from path: String) -> [String] {
        var folders = [normalized(path)]
        while let last = folders.last {
            let above = containing(last)
            guard !above.isSame(as: last) else { break }
            folders.append(above)
        }
        return folders
    }
}

/// A lock of a folder that is let go with the object.
final class HeldLock: FileLock {
    private let release: @Sendable () -> Void

    init(release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }

    func isFolder(at path: String) -> Bool { true }
}
