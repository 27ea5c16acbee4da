import SluiceSystem

/// Where the files of a run lie: where their paths say, or, for a test, all in one folder.
///
/// The one place where the path of a file that a component reads or writes becomes one that the
/// operating system gets.
public struct FilePlaces: Sendable {
    /// What a file is opened for.
    public enum Use: Sendable {
        /// Reading; `-` is standard input.
        case reading
        /// Writing; `-` is standard output.
        case writing

        /// The descriptor of the stream that `-` names.
        fileprivate var standardDescriptor: Int32 { self == .reading ? 0 : 1 }
    }

    /// A file by its path, or a standard stream.
    public enum Place: Sendable, Hashable {
        /// Standard input or standard output.
        case standardStream
        /// A file.
        case file(String)
    }

    fileprivate struct Confinement {
        let root: String
        let home: String
    }

    private let confinement: Confinement?

    /// Paths stand as they are, from the folder of the flow file; `-` and the names that the system
    /// has for it, such as `/dev/stdout`, are a standard stream.
    public static let asTheyAre = FilePlaces(confinement: nil)

    /// Every path lies in the folder `root`, absolute ones and those with `..` too.
    ///
    /// Paths are told apart by their text alone, so that no link leads out: those in `home` lie in
    /// `files`, all others in `elsewhere`. A path that leads into `root` already stands as it is.
    /// A standard stream is the file `standard-input` or `standard-output`. A folder that a path for writing names
    /// is made.
    ///
    /// - Parameter home: The folder that stands for the one of the flow file.
    public static func confined(to root: String, home: String) -> FilePlaces {
        FilePlaces(
            confinement: Confinement(
                root: absolute(root, from: "."), home: absolute(home, from: "."))
        )
    }

    /// Where the file lies that settings name.
    ///
    /// - Parameters:
    ///   - path: The path as the settings have it.
    ///   - folder: The folder that a relative path starts at.
    /// - Throws: ``Failure`` (`io`) for a path that no file can have, and where every path lies in
    ///   one folder also for a file to read that is not there.
    public func place(
        of path: String, from folder: String, for use: Use
    ) throws(Failure) -> Place {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw Failure(
                "io", path.isEmpty ? "the path is empty" : "the path has a NUL character in it")
        }
        guard let place = confined(path, from: folder, for: use) else {
            let place = self.path(of: path, from: folder, for: use)
            return place == "-" ? .standardStream : .file(place)
        }
        switch use {
        case .reading where place == confinement?.standardInput && !Folder.exists(place):
            return .file("/dev/null")
        case .reading where !Folder.exists(place):
            throw Failure("io", "the test has no file \(path): give it one in `files`")
        case .reading:
            break
        case .writing:
            do {
                try Folder.create(Folder.containing(place))
            } catch {
                throw Failure("io", error.description)
            }
        }
        return .file(place)
    }

    /// Where the file lies, whether or not it is there; `-` for a standard stream.
    func path(of path: String, from folder: String, for use: Use) -> String {
        confined(path, from: folder, for: use)
            ?? Self.path(path == "-" ? path : Folder.join(folder, path), for: use)
    }

    /// The path of a file; `-` for a standard stream, whatever it is called.
    package static func path(_ path: String, for use: Use) -> String {
        isStandardStream(path, for: use) ? "-" : path
    }

    /// Whether a path names standard input, for reading, or standard output, for writing: `-`, or a
    /// name of the system such as `/dev/stdin` and `/proc/self/fd/0`.
    static func isStandardStream(_ path: String, for use: Use) -> Bool {
        path == "-" || Folder.descriptor(named: path) == use.standardDescriptor
    }

    /// Where a path leads in the one folder that all lie in, whether or not a file is there; nil where
    /// paths stand as they are.
    package func confined(_ path: String, from folder: String, for use: Use) -> String? {
        confinement?.place(of: path, from: folder, for: use)
    }

    fileprivate static func absolute(_ path: String, from folder: String) -> String {
        let joined = Folder.join(folder, path)
        guard !joined.begins(with: "/") else { return Folder.normalized(joined) }
        return Folder.normalized("\(Folder.resolved("."))/\(joined)")
    }
}

extension FilePlaces.Confinement {
    var standardInput: String { "\(root)/standard-input" }

    func place(of path: String, from folder: String, for use: FilePlaces.Use) -> String {
        let absolute = path == "-" ? path : FilePlaces.absolute(path, from: folder)
        guard !FilePlaces.isStandardStream(absolute, for: use) else {
            return use == .reading ? standardInput : "\(root)/standard-output"
        }
        if Self.part(of: absolute, below: root) != nil { return absolute }
        if let part = Self.part(of: absolute, below: home) { return "\(root)/files/\(part)" }
        return "\(root)/elsewhere\(absolute)"
    }

    /// The path from `folder`; nil where the file does not lie in it.
    private static func part(of path: String, below folder: String) -> Substring? {
        let prefix = folder.ends(with: "/") ? folder : "\(folder)/"
        return path.begins(with: prefix) ? Substring(path.utf8.dropFirst(prefix.utf8.count)) : nil
    }
}
