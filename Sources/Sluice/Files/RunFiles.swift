public import SluiceSystem
import Synchronization

/// The files of one run: who reads and writes which, under whatever names, and how far inputs have
/// been read.
///
/// A file is known by what ``SluiceSystem/FileSystem/identity(_:)`` says. Writers of one file share it; a file that is read and written
/// is refused before anything is opened.
public final class RunFiles: Sendable {
    private struct State {
        var uses: [FileIdentity: [FileUse]] = [:]
        var outputs: [FileIdentity: SharedFile] = [:]
        var readings: [Reading] = []
        var knowsPlan = false
    }

    /// A file goes with the last node that writes to it.
    private struct SharedFile {
        weak var file: LineFile?
    }

    /// Where the components' files lie.
    let places: FilePlaces
    /// The file system that the components' files are on; the operating system's unless given.
    ///
    /// Standard streams are always the operating system's.
    public let fileSystem: any FileSystem
    private let state = Lock(State())

    /// Makes the register of a run.
    ///
    /// - Parameter fileSystem: What ``RunOptions/fileSystem`` is for a run that makes its own.
    public init(
        places: FilePlaces = .asTheyAre, on fileSystem: any FileSystem = PosixFileSystem()
    ) {
        self.places = places
        self.fileSystem = fileSystem
    }

    // MARK: Who uses what

    /// Takes uses into the register.
    ///
    /// - Throws: ``FileConflict`` for the first that does not go with another.
    public func register(_ uses: [FileUse]) throws(FileConflict) {
        let conflict = state.withLock { state -> FileConflict? in
            for use in uses {
                guard let identity = use.identity else { continue }
                let others = state.uses[identity, default: []]
                for other in others {
                    if let conflict = FileConflict(other, use) { return conflict }
                }
                state.uses[identity] = others + [use]
                if case .printsInto(let lines) = use.way {
                    state.outputs[identity] = SharedFile(file: lines)
                }
            }
            return nil
        }
        if let conflict { throw conflict }
    }

    /// Whether the files of the flow's nodes are in the register; they are from now on.
    func beginPlan() -> Bool {
        state.withLock { state in
            defer { state.knowsPlan = true }
            return state.knowsPlan
        }
    }

    /// The file at a path, to write lines to: one for all who name it.
    ///
    /// - Parameter isKept: Whether what the file holds stays.
    package func output(at path: String, isKept: Bool) -> LineFile {
        guard let identity = fileSystem.identity(path) else {
            return LineFile(path, on: fileSystem, isKept: isKept)
        }
        return state.withLock { state in
            if let file = state.outputs[identity]?.file { return file }
            let file = LineFile(path, on: fileSystem, isKept: isKept)
            state.outputs[identity] = SharedFile(file: file)
            return file
        }
    }

    /// Empties the files whose writers replace them: once all have been opened.
    func replaceOutputs() throws(FileError) {
        for output in state.withLock({ Array($0.outputs.values) }) { try output.file?.replace() }
    }

    /// Removes the files that writers have made and not yet written to: for a run that cannot start.
    func removeNewFiles() {
        for output in state.withLock({ Array($0.outputs.values) }) { output.file?.removeIfNew() }
    }

    // MARK: How far inputs have been read

    /// Begins to read an input.
    ///
    /// - Parameter name: What messages call it.
    package func beginReading(_ file: FileStream, called name: String) -> Reading {
        let reading = Reading(name: name, isFinite: file.size != nil)
        state.withLock { $0.readings.append(reading) }
        return reading
    }

    /// The ordinary files that were not read to their end.
    public var unfinished: [Reading] {
        state.withLock(\.readings).filter { $0.isFinite && !$0.isFinished }
    }

    /// How far an input has been read.
    public final class Reading: Sendable {
        /// What messages call the input.
        public let name: String
        /// Whether it is an ordinary file, which has an end.
        let isFinite: Bool
        private let lastLine = Atomic<Int>(0)
        private let finished = Atomic<Bool>(false)

        init(name: String, isFinite: Bool) {
            self.name = name
            self.isFinite = isFinite
        }

        /// The last line of which the flow has got the message; 0 where it has none.
        public var line: Int { lastLine.load(ordering: .relaxed) }
        var isFinished: Bool { finished.load(ordering: .relaxed) }

        /// Says up to which line the flow has got the messages.
        public func reached(line: Int) { lastLine.store(line, ordering: .relaxed) }

        /// Says that the flow has got everything.
        public func finish() { finished.store(true, ordering: .relaxed) }
    }
}
