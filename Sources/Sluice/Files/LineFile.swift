package import SluiceSystem

/// A file that whole lines are written to by all who name it in one run.
///
/// ``open()`` makes the file; what it holds stays until ``replace()``. May be used from any thread;
/// calls block theirs.
package final class LineFile: Sendable {
    private struct State {
        var file: FileStream?
        var isOpen = false
        /// Whether what the file holds has still to go.
        var isOld = false
        /// Where the file was made, while nothing has been written to it.
        var newPlace: String?
        /// Whether the last line in the file may lack its end.
        var isTorn = false
    }

    /// The path, for messages.
    package let path: String
    private let files: any FileSystem
    private let isKept: Bool
    private let state: Lock<State>

    /// - Parameters:
    ///   - files: Where the file lies.
    ///   - isKept: Whether what the file holds stays, and lines go to its end.
    init(_ path: String, on files: any FileSystem, isKept: Bool) {
        self.path = path
        self.files = files
        self.isKept = isKept
        state = Lock(State())
    }

    /// Lines go to an open file, such as standard output.
    package init(_ file: FileStream) {
        path = file.path
        files = PosixFileSystem()
        isKept = true
        state = Lock(State(file: file, isOpen: true))
    }

    private var isThere: Bool { files.identity(path)?.isThere ?? false }

    /// Looks whether the file can be written, as far as that shows without changing anything.
    package func prepare() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard state.file == nil else { return }
            if isThere {
                state.file = try files.stream(path, .existing(appending: isKept))
            } else {
                _ = try files.placeOfNewFile(path)
            }
        }
    }

    /// Makes the file where there is none; the first call does.
    package func open() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard !state.isOpen else { return }
            if isKept, let last = (try? files.stream(path, .read))?.lastByte {
                state.isTorn = last != 0x0A
            }
            if state.file == nil {
                let isNew = !isThere
                let newPlace = isNew ? try files.placeOfNewFile(path) : nil
                state.file = try files.stream(
                    path, isKept ? .append : isNew ? .write : .existing(appending: false))
                state.newPlace = newPlace
            }
            state.isOld = !isKept && state.file?.size != nil
            state.isOpen = true
        }
    }

    /// Empties the file unless what it holds is kept; the first call after ``open()`` does.
    package func replace() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard state.isOld else { return }
            try state.file?.truncate()
            state.isOld = false
        }
    }

    /// Removes the file where ``open()`` has made it and it is still empty.
    func removeIfNew() {
        state.withLock { state in
            guard let file = state.file, let place = state.newPlace, file.size == 0,
                files.identity(place) == file.identity
            else { return }
            try? files.remove(place)
            state.newPlace = nil
        }
    }

    /// Whether a write can take long: a pipe's or terminal's reader decides.
    package var mayBlock: Bool { state.withLock { $0.file?.size == nil } }

    /// Whether people look at the file.
    package var isTerminal: Bool { state.withLock { $0.file?.isTerminal ?? false } }

    /// Writes whole lines; a line that was cut off before is ended first.
    package func write(_ lines: [UInt8]) throws(FileError) {
        try replace()
        try state.withLock { state throws(FileError) in
            guard let file = state.file else {
                throw FileError(operation: "write", path: path, errno: FileError.notOpen)
            }
            state.newPlace = nil
            do throws(FileError) {
                if state.isTorn { try file.write([0x0A]) }
                try file.write(lines)
                state.isTorn = false
            } catch {
                state.isTorn = true
                throw error
            }
        }
    }
}
