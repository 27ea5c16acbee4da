import Glibc
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
    private let isKept: Bool
    private let state: Lock<State>

    /// - Parameter isKept: Whether what the file holds stays, and lines go to its end.
    init(_ path: String, isKept: Bool) {
        self.path = path
        self.isKept = isKept
        state = Lock(State())
    }

    /// Lines go to an open file, such as standard output.
    package init(_ file: FileStream) {
        path = file.path
        isKept = true
        state = Lock(State(file: file, isOpen: true))
    }

    /// Looks whether the file can be written, as far as that shows without changing anything.
    package func prepare() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard state.file == nil else { return }
            guard !Folder.exists(path) else {
                state.file = try FileStream(path, .existing(appending: isKept))
                return
            }
            let folder = Folder.containing(Folder.placeOfNewFile(path))
            guard access(folder, W_OK | X_OK) == 0 else {
                throw FileError(operation: "open", path: path, errno: errno)
            }
        }
    }

    /// Makes the file where there is none; the first call does.
    package func open() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard !state.isOpen else { return }
            if isKept { state.isTorn = (FileStream.lastByte(of: path) ?? 0x0A) != 0x0A }
            if state.file == nil {
                let isNew = !Folder.exists(path)
                let newPlace = isNew ? Folder.placeOfNewFile(path) : nil
                state.file = try FileStream(
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
                FileIdentity(path: place) == file.fileIdentity
            else { return }
            unlink(place)
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
                throw FileError(operation: "write", path: path, errno: EBADF)
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
