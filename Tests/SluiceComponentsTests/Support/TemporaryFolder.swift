import Sluice
import SluiceSystem

/// A folder for the files of a test, which goes with it.
final class TemporaryFolder {
    let path: String

    init() throws { path = try Folder.temporary() }

    deinit { Folder.remove(path) }

    /// Writes a file.
    func write(_ text: String, to name: String) throws {
        try FileStream.write(Array(text.utf8), to: "\(path)/\(name)")
    }

    /// Writes a file of any bytes.
    func write(_ bytes: [UInt8], to name: String) throws {
        try FileStream.write(bytes, to: "\(path)/\(name)")
    }

    /// Reads a file.
    func text(of name: String) throws -> String {
        String(decoding: try FileStream.contents(of: "\(path)/\(name)"), as: UTF8.self)
    }
}
