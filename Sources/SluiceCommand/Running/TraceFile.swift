import Sluice
import SluiceJSON
import Synchronization

/// Writes a JSON line for each message that goes on an edge.
final class TraceFile: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var failure: FileError?
    }

    private let file: File
    private let state = Mutex(State())

    /// How many bytes are gathered before they are written.
    private static let bufferBytes = 65_536

    init(_ path: String) throws(FileError) { file = try File(path, .write) }

    /// Adds a line.
    func add(_ hop: Hop) {
        state.withLock { state in
            state.bytes += "{\"time\":\(hop.time),\"lineage\":\(hop.lineage),\"edge\":".utf8
            JSON(hop.edge).write(to: &state.bytes)
            state.bytes += ",\"message\":".utf8
            hop.message.write(to: &state.bytes)
            state.bytes += "}\n".utf8
            if state.bytes.count >= Self.bufferBytes { write(&state) }
        }
    }

    /// Writes what has gathered, and gives the first error there has been.
    @discardableResult
    func flush() -> FileError? {
        state.withLock { state in
            write(&state)
            return state.failure
        }
    }

    private func write(_ state: inout State) {
        defer { state.bytes.removeAll(keepingCapacity: true) }
        guard state.failure == nil, !state.bytes.isEmpty else { return }
        do throws(FileError) {
            try file.write(state.bytes)
        } catch {
            state.failure = error
        }
    }
}
