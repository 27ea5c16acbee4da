package import SluiceSystem

/// That a run reads or writes a file.
public struct FileUse: Sendable {
    /// What is done to the file.
    enum Way: Sendable, Equatable {
        case reads
        case replaces
        case appends
        /// Writes to what whoever started the run has opened.
        case printsInto(LineFile)

        static func == (left: Way, right: Way) -> Bool {
            switch (left, right) {
            case (.reads, .reads), (.replaces, .replaces), (.appends, .appends): true
            default: false
            }
        }
    }

    /// The file, for messages.
    let path: String
    let identity: FileIdentity?
    let way: Way
    /// Who uses it, such as ``node `w` `` or `--in say`.
    let user: String
    /// Whether the command line or the program around says so, not the flow.
    let isFromOutside: Bool
    /// Whether it is standard input, which has one reader.
    var isStandardInput = false

    var isReading: Bool { way == .reads }

    /// A file that is read beside what the flow's nodes read; `-` is standard input.
    public static func reading(_ path: String, by user: String) -> FileUse {
        reading(path, by: user, isFromOutside: true)
    }

    /// A file that is replaced by something else than a node of the flow.
    public static func replacing(_ path: String, by user: String) -> FileUse {
        FileUse(
            path: path, identity: FileIdentity(path: path), way: .replaces, user: user,
            isFromOutside: true)
    }

    /// An open file that is written to, such as standard output; writers of the same file share it.
    package static func printing(into file: FileStream, by lines: LineFile) -> FileUse {
        FileUse(
            path: file.path, identity: file.identity, way: .printsInto(lines), user: file.path,
            isFromOutside: true)
    }

    static func reading(
        _ path: String, by user: String, isFromOutside: Bool,
        on files: any FileSystem = PosixFileSystem()
    ) -> FileUse {
        guard !FilePlaces.isStandardStream(path, for: .reading) else {
            let input = FileStream.standardInput
            return FileUse(
                path: input.path, identity: input.identity, way: .reads, user: user,
                isFromOutside: isFromOutside, isStandardInput: true)
        }
        return FileUse(
            path: path, identity: files.identity(path), way: .reads, user: user,
            isFromOutside: isFromOutside)
    }

    static func writing(
        _ path: String, isKept: Bool, by node: String, on files: any FileSystem
    ) -> FileUse {
        FileUse(
            path: path, identity: files.identity(path), way: isKept ? .appends : .replaces,
            user: node, isFromOutside: false)
    }
}

/// Two uses of one file that do not go together in one run.
public struct FileConflict: Error, Sendable {
    /// What is wrong.
    public let text: String
    /// How it is done instead.
    public let remedy: String
    /// Whether the flow alone causes it, not the command line or the program around.
    public let isOfFlow: Bool

    init?(_ first: FileUse, _ second: FileUse) {
        isOfFlow = !first.isFromOutside && !second.isFromOutside
        switch (first.isReading, second.isReading) {
        case (true, true):
            let isStandardInput = first.isStandardInput || second.isStandardInput
            guard
                first.identity?.kind == .stream
                    || first.isStandardInput && second.isStandardInput
            else { return nil }
            let name = isStandardInput ? "standard input" : first.path
            let alias =
                isStandardInput || first.path.isSame(as: second.path)
                ? "" : ", as \(second.path)"
            text =
                "\(name) has one reader: \(first.user) and \(second.user) read it\(alias)"
            remedy = "let one of them read a file"
        case (false, false):
            let ways = [first, second].map(\.way)
            guard ways.contains(.replaces), ways.contains(.appends) else { return nil }
            text =
                "\(first.user) \(first.verb) \(first.path), which \(second.user) \(second.verb) too"
            remedy = Self.writersRemedy
        default:
            guard first.identity?.kind == .ordinary else { return nil }
            let (reader, writer) = first.isReading ? (first, second) : (second, first)
            let alias = reader.path.isSame(as: writer.path) ? "" : " as \(reader.path)"
            let doing =
                if case .printsInto = writer.way {
                    "\(writer.user) is redirected into \(reader.path), which \(reader.user) reads"
                } else {
                    "\(writer.user) writes \(writer.path), which \(reader.user) reads\(alias)"
                }
            text = "\(doing): a run cannot write a file that it reads"
            remedy =
                "write to another file and rename it afterwards; to feed lines again, rename their "
                + "file first and read it under its new name"
        }
    }
}

extension FileConflict {
    /// How two writers go together.
    static let writersRemedy = "whoever writes one file has to agree on `append`"
}

extension FileUse {
    fileprivate var verb: String { way == .appends ? "appends to" : "replaces" }
}
