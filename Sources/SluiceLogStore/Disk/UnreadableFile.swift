import SluiceSystem

/// What stands for a file that cannot be read: one that has lost all its bytes.
final class UnreadableFile: File {
    private let path: String

    init(path: String) { self.path = path }

    func size() -> Int { 0 }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int { 0 }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        throw refusal
    }

    func truncate(to size: Int) throws(FileError) { throw refusal }

    func sync() throws(FileError) { throw refusal }

    private var refusal: FileError {
        FileError(operation: "write", path: path, errno: FileError.notSupported)
    }
}
