import Sluice
import SluiceJSON
import SluiceSystem

/// The file or standard input that a source reads from start to end.
final class InputFile: Sendable {
    private struct Opened {
        let file: FileStream
        /// Whether reading never waits, as with an ordinary file.
        let isFinite: Bool
        let reading: RunFiles.Reading
        let console: Console
    }

    /// What messages call it: the path as the settings give it.
    let name: String
    private let path: String
    private let opened = Lock<Opened?>(nil)

    /// - Parameter path: Relative to the folder of the flow file; `-` is standard input.
    init(_ path: String) {
        self.path = path
        name = path == "-" ? "standard input" : path
    }

    /// Opens the file.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`), also for a file that is not there.
    func open(in context: StartContext) async throws(Failure) {
        let place = try context.place(of: path, for: .reading)
        let files = context.files.fileSystem
        let result = await context.blocking {
            Result { () throws(FileError) in
                switch place {
                case .standardStream: FileStream.standardInput
                case .file(let path): try files.stream(path, .read)
                }
            }
        }
        do {
            let file = try result.get()
            let reading = context.files.beginReading(
                file, called: "\(name) (node `\(context.node)`)")
            opened.withLock {
                $0 = Opened(
                    file: file, isFinite: file.size != nil, reading: reading,
                    console: context.console)
            }
        } catch {
            throw .io(error)
        }
    }

    /// The next bytes; nil at the end, or when the source has to end while it waits for them.
    ///
    /// Closes the file then. Of an ordinary file bytes come also when the source has to end: whether
    /// they hold a message that is not taken any more shows later.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`).
    func read(for source: Source) async throws(Failure) -> [UInt8]? {
        while let opened = opened.withLock(\.self), opened.isFinite || !source.isStopping {
            let file = opened.file
            let got = await source.blocking {
                Result { () throws(FileError) in try file.nextBytes() }
            }
            do {
                guard let bytes = try got.get() else { continue }
                if !bytes.isEmpty { return bytes }
                break
            } catch {
                close()
                throw .io(error)
            }
        }
        return nil
    }

    /// Says up to which line the flow has got the messages.
    func reached(line: Int) {
        opened.withLock { $0?.reading }?.reached(line: line)
    }

    /// Says that the flow has got everything, and closes the file.
    func finish() {
        opened.withLock { $0?.reading }?.finish()
        close()
    }

    /// Warns people of something in the file.
    func warn(_ text: String) {
        opened.withLock { $0?.console }?.log("warning: \(text)")
    }

    /// Closes the file, unless it is standard input.
    func close() {
        opened.withLock { $0 = nil }
    }
}

/// Messages of an input's lines, gathered so that they leave together.
///
/// Once the source has to end nothing leaves any more, so that it is known up to which line the flow
/// has got the messages.
struct LineMessages {
    /// A line that gives no message.
    struct Broken {
        let failure: Failure
        /// What stands there.
        let message: JSON
        let line: Int
    }

    private let file: InputFile
    private let source: Source
    private let out: Output<JSON>
    private var values: [JSON] = []
    /// The line that each ends with.
    private var lines: [Int] = []

    /// How many are gathered: so many that the next node is not woken for each handful.
    private static let limit = 256

    init(_ file: InputFile, _ source: Source, _ out: Output<JSON>) {
        self.file = file
        self.source = source
        self.out = out
    }

    /// Whether it is time to ``flush()``.
    var isFull: Bool { values.count >= Self.limit }

    /// Adds a message that ends with a line.
    mutating func add(_ value: JSON, line: Int) {
        values.append(value)
        lines.append(line)
    }

    /// Lets the messages leave; false where the source has to end and the rest is not taken.
    mutating func flush() async throws(Failure) -> Bool {
        guard !values.isEmpty else { return true }
        let count = try await source.emitUntilStopping(values, on: out)
        if count > 0 { file.reached(line: lines[count - 1]) }
        guard count == values.count else { return false }
        values.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        return true
    }

    /// Reports a line that gives no message, after the messages before it have left; false where the
    /// source has to end.
    mutating func fail(_ broken: Broken) async throws(Failure) -> Bool {
        guard try await flush(), !source.isStopping else { return false }
        await source.fail(broken.failure, message: broken.message)
        file.reached(line: broken.line)
        return true
    }
}

extension Failure {
    /// An error of the operating system about a file.
    static func io(_ error: FileError) -> Failure {
        Failure("io", error.description, isDiskFull: error.isNoSpace)
    }
}
