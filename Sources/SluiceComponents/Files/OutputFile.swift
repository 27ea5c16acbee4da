import Sluice
import SluiceStore

/// The file or standard output that a node writes lines to.
final class OutputFile: Sendable {
    private enum Target {
        case none
        case file(File)
        case console
    }

    private struct State {
        var target = Target.none
        var context: StartContext?
        /// Whether the last line in the file may lack its end.
        var isTorn = false
    }

    private let path: String
    private let isAppending: Bool
    private let state = Lock(State())

    /// - Parameter path: Relative to the folder of the flow file; `-` is standard output.
    init(_ path: String, isAppending: Bool) {
        self.path = path
        self.isAppending = isAppending
    }

    /// Opens the file, which is made where it is not there; that may take a while on a slow disk, so it
    /// is done on a thread that may wait.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`, and `invalid` for a file of a store or a backup).
    func open(in context: StartContext) async throws(Failure) {
        guard case .file(let place) = try context.place(of: path, for: .writing) else {
            return state.withLock { $0 = State(target: .console, context: context) }
        }
        let mode = isAppending ? File.Mode.append : .write
        let opened = await context.blocking {
            Result { () throws(Failure) in try Self.open(place, mode) }
        }
        let (file, isTorn) = try opened.get()
        state.withLock { $0 = State(target: .file(file), context: context, isTorn: isTorn) }
    }

    private static func open(
        _ place: String, _ mode: File.Mode
    ) throws(Failure) -> (file: File, isTorn: Bool) {
        do throws(LogStoreError) {
            try LogStore.checkOutside(place)
        } catch {
            throw Failure(error)
        }
        do throws(FileError) {
            let isTorn = mode == .append && (File.lastByte(of: place) ?? 0x0A) != 0x0A
            return (try File(place, mode), isTorn)
        } catch {
            throw .io(error)
        }
    }

    /// Writes whole lines; false once nobody reads them any more, and the run is being stopped.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`).
    func write(_ lines: [UInt8]) async throws(Failure) -> Bool {
        let (target, context, isTorn) = state.withLock { ($0.target, $0.context, $0.isTorn) }
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
                Result { () throws(FileError) in
                    if isTorn { try file.write([0x0A]) }
                    try file.write(lines)
                }
            }
            do {
                try written.get()
                state.withLock { $0.isTorn = false }
                return true
            } catch {
                state.withLock { $0.isTorn = true }
                throw .io(error)
            }
        }
    }

    /// Closes the file, unless it is standard output.
    func close() {
        state.withLock { $0.target = .none }
    }
}
