import Glibc

/// What a file is known by, whatever it is called.
///
/// Device and inode where it is there, else the folder that it would be made in and its name there;
/// outside of the operating system its path. A file that is made has another identity than before.
public struct FileIdentity: Sendable, Hashable {
    private enum Place: Sendable, Hashable {
        case present(Folder.Identity)
        case absent(folder: Folder.Identity, name: Name)
        case named(Name, isThere: Bool)
    }

    /// What kind of file it is.
    public enum Kind: Sendable, Hashable {
        /// An ordinary file, also one that is not there yet.
        case ordinary
        /// A pipe, a socket, a terminal: what one reader takes another does not get.
        case stream
        /// A folder.
        case folder
        /// A device that gives every reader its own, such as `/dev/null`; a disk.
        case other
    }

    private let place: Place
    /// What kind of file it is.
    public let kind: Kind

    /// Whether something is there.
    public var isThere: Bool {
        switch place {
        case .present: true
        case .absent: false
        case .named(_, let isThere): isThere
        }
    }

    /// The identity of an ordinary file that nothing but its path tells from others.
    public init(named path: String, isThere: Bool) {
        self.init(.named(Name(Folder.normalized(path)), isThere: isThere), .ordinary)
    }

    /// The number of the driver of `/dev/null`, `/dev/zero`, `/dev/urandom` and the like.
    private static let memoryDevices: dev_t = 1

    /// The identity of the file at a path, links followed; nil where no file could be made.
    package init?(path: String) {
        var status = stat()
        if stat(path, &status) == 0 {
            self.init(status)
        } else {
            let path = Folder.placeOfNewFile(path)
            guard let folder = Folder.identity(Folder.containing(path)) else { return nil }
            self.init(
                .absent(folder: folder, name: Name(Folder.lastPart(of: path))), .ordinary)
        }
    }

    /// The identity of an open file; nil where it is closed.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ place: Place, _ kind: Kind) {
        self.place = place
        self.kind = kind
    }

    private init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .ordinary
            case S_IFDIR: .folder
            case S_IFIFO, S_IFSOCK: .stream
            case S_IFCHR where status.st_rdev >> 8 & 0xFFF != Self.memoryDevices: .stream
            default: .other
            }
        let identity = Folder.Identity(
            device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        self.init(.present(identity), kind)
    }
}
