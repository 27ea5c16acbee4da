import Sluice
import SluiceSystem

/// The file or standard output that a node writes lines to.
final class OutputFile: Sendable {
    private enum Target {
        case none
        case file(LineFile)
        case console
    }

    private struct State {
        var target = Target.none
        var context: StartContext?
    }

    private let path: String
    private let isAppending: Bool
    private let state = Lock(State())

    /// - Parameter path: Relative to the folder of the flow file; `-` is standard output.
    init(_ path: String, isAppending: Bool) {
        self.path = path
        self.isAppending = isAppending
    }

    /// Looks whether the file can be written, and changes nothing; that may take a while on a slow
    /// disk, so it is done on a thread that may wait.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`, and `invalid` for a file of a store or a backup).
    func prepare(in context: StartContext) async throws(Failure) {
        guard case .file(let place) = try context.place(of: path, for: .writing) else {
            return state.withLock { $0 = State(target: .console, context: context) }
        }
        let (files, isAppending) = (context.files, isAppending)
        let prepared = await context.blocking {
            Result { () throws(Failure) in
                try Self.prepare(place, isKept: isAppending, among: files)
            }
        }
        let file = try prepared.get()
        state.withLock { $0 = State(target: .file(file), context: context) }
    }

    private static func prepare(
        _ place: String, isKept: Bool, among files: RunFiles
    ) throws(Failure) -> LineFile {
        try LogStoreKind.checkOutside(place, on: files.fileSystem)
        do throws(FileError) {
            let file = files.output(at: place, isKept: isKept)
            try file.prepare()
            return file
        } catch {
            throw .io(error)
        }
    }

    /// Makes the file, or empties it unless lines are appended.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`).
    func open() async throws(Failure) {
        let (target, context) = state.withLock { ($0.target, $0.context) }
        guard case .file(let file) = target, let context else { return }
        let opened = await context.blocking { Result { () throws(FileError) in try file.open() } }
        do {
            try opened.get()
        } catch {
            throw .io(error)
        }
    }

    /// Writes whole lines; false once nobody reads them any more, and the run is being stopped.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`).
    func write(_ lines: [UInt8]) async throws(Failure) -> Bool {
        let (target, context) = state.withLock { ($0.target, $0.context) }
        guard let context else { return false }
        switch target {
        case .none:
            return false
        case .console:
            let console = context.console
            if await context.blocking({ console.write(lines) }) { return true }
            context.stopRun()
            return false
        case .file(let file):
            let written = await context.blocking {
                Result { () throws(FileError) in try file.write(lines) }
            }
            do {
                try written.get()
                return true
            } catch {
                throw .io(error)
            }
        }
    }

    /// Lets go of the file, which is closed once the last node has.
    func close() {
        state.withLock { $0.target = .none }
    }
}
