import Sluice
import SluiceJSON
import SluiceSystem
import Synchronization

/// Feeds a running flow with the lines of one file.
///
/// Lines are read no faster than the flow takes them. Reading ends with the file, or with the first
/// line that the run does not take any more.
struct Feeder: Sendable {
    /// What the lines are.
    enum Lines: Sendable {
        /// Messages for one input.
        case messages(input: String)
        /// `{"port": NAME, "message": ...}`, each fed when the flow is idle.
        case addressed

        /// The inputs that the lines may be for; nil for all.
        var inputs: [String]? {
            if case .messages(let input) = self { [input] } else { nil }
        }
    }

    let file: FileStream
    let lines: Lines
    /// How far the file has been read.
    let reading: RunFiles.Reading
    let run: FlowRun
    let feed: FlowFeed
    let inputNames: [String]
    let scheduler: any Scheduler
    let terminal: Terminal
    let counter: FeedCounter

    /// How many messages are sent at once.
    private static let batch = 64

    /// Feeds everything, then says that nothing more will come.
    func feedAll() async {
        await feedLines()
        feed.close()
    }

    private func feedLines() async {
        var source = JSONLines(path: file.path)
        // Whether the rest of an ordinary file holds a line that is not taken shows when it is read.
        let isFinite = file.size != nil
        while isFinite || !run.isStopping {
            let read = await nextBytes()
            guard case .success(let found) = read else { break }
            guard let bytes = found else { continue }
            source.append(bytes)
            guard await send(&source) else { return }
            if bytes.isEmpty { return reading.finish() }
        }
    }

    /// The next bytes, none at the end; nil where there are none yet.
    ///
    /// A failure has been told.
    private func nextBytes() async -> Result<[UInt8]?, FileError> {
        let file = file
        let got = await scheduler.blocking {
            Result { () throws(FileError) in try file.nextBytes() }
        }
        if case .failure(let error) = got {
            terminal.note("\(terminal.red("error:")) \(error)")
            await feed.fail(Failure("io", error.description), input: nil, message: .null)
        }
        return got
    }

    /// Sends all lines that have been read; false once the run takes no more.
    private func send(_ source: inout JSONLines) async -> Bool {
        switch lines {
        case .messages(let input): await send(&source, to: input)
        case .addressed: await sendAddressed(&source)
        }
    }

    private func send(_ source: inout JSONLines, to input: String) async -> Bool {
        var messages: [JSON] = []
        var numbers: [Int] = []
        while true {
            switch source.next() {
            case .value(let message, let line):
                messages.append(message)
                numbers.append(line)
                if messages.count < Feeder.batch { continue }
                guard await send(messages, of: numbers, to: input) else { return false }
            case .broken(let line):
                guard await send(messages, of: numbers, to: input), await fail(line, input: input)
                else { return false }
            case nil:
                return await send(messages, of: numbers, to: input)
            }
            messages.removeAll(keepingCapacity: true)
            numbers.removeAll(keepingCapacity: true)
        }
    }

    private func sendAddressed(_ source: inout JSONLines) async -> Bool {
        while let item = source.next() {
            await feed.idle()
            guard !run.isStopping else { return false }
            switch item {
            case .broken(let line):
                guard await fail(line, input: nil) else { return false }
            case .value(let line, let number):
                if let (place, reason) = problem(with: line) {
                    let broken = BrokenLine(
                        path: file.path, line: number, column: source.column(of: place),
                        code: "invalid_message", reason: reason, text: line.text.utf8)
                    guard await fail(broken, input: nil) else { return false }
                } else if let port = line["port"]?.string, let message = line["message"] {
                    guard await send([message], of: [number], to: port) else { return false }
                }
            }
        }
        return true
    }

    /// Why a line names no input and message, and the smallest wrong part of it; nil where it does.
    private func problem(with line: JSON) -> (place: JSON, reason: String)? {
        guard let port = line["port"] else { return (line, "the line has no member `port`") }
        guard let name = port.string else { return (port, "`port` is no string") }
        guard inputNames.has(name) else {
            let near = Spelling.closest(to: name, among: inputNames)
            return (
                port,
                "the flow has no input `\(name)`"
                    + (near.map { "; did you mean `\($0)`?" } ?? "")
            )
        }
        return line["message"] == Optional<JSON>.none
            ? (line, "the line has no member `message`") : nil
    }

    /// Sends messages, each of a line; false once the run takes no more.
    private func send(
        _ messages: [JSON], of lines: [Int], to input: String
    ) async -> Bool {
        guard !messages.isEmpty else { return true }
        // An abort may come when some of them have been taken.
        let taken = await feed.sendCounting(messages, to: input)
        if taken > 0 { reading.reached(line: lines[taken - 1]) }
        counter.add(taken)
        return taken == messages.count
    }

    /// Reports a line that gives no message; false once the run takes no more.
    private func fail(_ line: BrokenLine, input: String?) async -> Bool {
        guard !run.isStopping else { return false }
        reading.reached(line: line.line)
        terminal.note("\(line.place): \(terminal.red("error:")) \(line.reason) [\(line.code)]")
        await feed.fail(line.failure, input: input, message: JSON(line.text))
        return true
    }
}

/// Counts the messages that all feeders of a run have sent.
final class FeedCounter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ messages: Int) { count.wrappingAdd(messages, ordering: .relaxed) }
}
