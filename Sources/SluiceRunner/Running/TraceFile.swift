import Sluice
import SluiceJSON
import SluiceSystem
import Synchronization

/// Writes a JSON line for each message that goes on an edge, and for each that fails.
final class TraceFile: RunObserver {
    private struct State {
        var bytes: [UInt8] = []
        var failure: FileError?
    }

    private let lines: LineFile
    private let state = Mutex(State())

    /// How many bytes are gathered before they are written.
    private static let bufferBytes = 65_536

    init(_ lines: LineFile) { self.lines = lines }

    /// Opens the file.
    func open() throws(FileError) { try lines.open() }

    var seesHops: Bool { true }

    func delivering(_ hops: [Hop]) {
        for hop in hops { add(hop) }
    }

    func failed(_ hop: FailedHop) { add(hop) }

    /// Adds a line for a message on an edge.
    private func add(_ hop: Hop) {
        add { bytes in
            bytes += "{\"time\":\(hop.time),\"lineage\":\(hop.lineage),\"edge\":".utf8
            JSON(hop.edge).write(to: &bytes)
            bytes += ",\"message\":".utf8
            hop.message.write(to: &bytes)
        }
    }

    /// Adds a line for a message that failed.
    private func add(_ hop: FailedHop) {
        add { bytes in
            bytes += "{\"time\":\(hop.time),\"lineage\":\(hop.lineage),\"node\":".utf8
            JSON(hop.node).write(to: &bytes)
            bytes += ",\"port\":".utf8
            (hop.port.map { JSON($0) } ?? JSON.null).write(to: &bytes)
            bytes += ",\"code\":".utf8
            JSON(hop.failure.code).write(to: &bytes)
            bytes += ",\"error\":".utf8
            JSON(hop.failure.text).write(to: &bytes)
            bytes += ",\"retried\":\(hop.isRetried),\"message\":".utf8
            hop.message.write(to: &bytes)
        }
    }

    private func add(_ write: (inout [UInt8]) -> Void) {
        state.withLock { state in
            write(&state.bytes)
            state.bytes += "}\n".utf8
            if state.bytes.count >= Self.bufferBytes { self.write(&state) }
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
            try lines.write(lines.isTerminal ? Terminal.printable(state.bytes) : state.bytes)
        } catch {
            state.failure = error
        }
    }
}
