import Sluice

/// The file or standard input that a source reads from start to end.
final class InputFile: Sendable {
    /// What messages call it: the path as the settings give it.
    let name: String
    private let path: String
    private let file = Lock<File?>(nil)

    /// How many bytes are read at once.
    private static let chunkBytes = 131_072
    /// How long a read of a silent pipe keeps a run from stopping.
    private static let patienceMilliseconds = 100

    /// - Parameter path: Relative to the folder of the flow file; `-` is standard input.
    init(_ path: String) {
        self.path = path
        name = path == "-" ? "standard input" : path
    }

    /// Opens the file.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`), also for a file that is not there.
    func open(in context: StartContext) async throws(Failure) {
        guard case .file(let place) = try context.place(of: path, for: .reading) else {
            return file.withLock { $0 = .standardInput }
        }
        let opened = await context.blocking {
            Result { () throws(FileError) in try File(place, .read) }
        }
        do {
            let input = try opened.get()
            file.withLock { $0 = input }
        } catch {
            throw .io(error)
        }
    }

    /// The next bytes; nil at the end, or when the source has to end.
    ///
    /// Closes the file then.
    ///
    /// - Throws: ``Sluice/Failure`` (`io`).
    func read(for source: Source) async throws(Failure) -> [UInt8]? {
        while !source.isStopping, let file = file.withLock(\.self) {
            let got = await source.blocking {
                Result { () throws(FileError) -> [UInt8]? in
                    guard file.isReadable(withinMilliseconds: Self.patienceMilliseconds) else {
                        return nil
                    }
                    return try file.read(upTo: Self.chunkBytes)
                }
            }
            do {
                guard let bytes = try got.get() else { continue }
                if !bytes.isEmpty { return bytes }
                close()
            } catch {
                close()
                throw .io(error)
            }
        }
        close()
        return nil
    }

    /// Closes the file, unless it is standard input.
    func close() {
        file.withLock { $0 = nil }
    }
}

extension Failure {
    /// An error of the operating system about a file.
    static func io(_ error: FileError) -> Failure {
        Failure("io", error.description, isDiskFull: error.isNoSpace)
    }
}
