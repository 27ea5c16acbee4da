/// What stands for a file that cannot be read: one that has lost all its bytes.
final class UnreadableFile: File {
    private let path: String

    init(path: String) { self.path = path }

    func size() -> Int { 0 }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int { 0 }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        throw refusal
    }

    func truncate(to size: Int) throws(LogStoreError) { throw refusal }

    func sync() throws(LogStoreError) { throw refusal }

    private var refusal: LogStoreError {
        .io(operation: "write", path: path, errno: SystemMessage.notSupported)
    }
}
