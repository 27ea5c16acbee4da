import SluiceSystem

/// An open file as the store uses it: what fails is a ``LogStoreError``.
///
/// Safe to use from any thread; closed when the last reference goes.
struct DiskFile: Sendable {
    let file: any File

    init(_ file: any File) { self.file = file }

    /// Bytes in the file.
    func size() throws(LogStoreError) -> Int {
        do throws(FileError) { return try file.size() } catch { throw LogStoreError(error) }
    }

    /// Reads until the buffer is full or the file ends; gives the number of bytes read.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(LogStoreError) -> Int {
        do throws(FileError) {
            return try file.read(into: buffer, at: offset)
        } catch {
            throw LogStoreError(error)
        }
    }

    /// Reads into an array, all of it or its first `count` bytes; gives the number of bytes read.
    func read(
        into bytes: inout [UInt8], count: Int? = nil, at offset: Int
    ) throws(LogStoreError) -> Int {
        do throws(FileError) {
            return try file.read(into: &bytes, count: count, at: offset)
        } catch {
            throw LogStoreError(error)
        }
    }

    /// Writes the whole buffer.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        do throws(FileError) {
            try file.write(buffer, at: offset)
        } catch {
            throw LogStoreError(error)
        }
    }

    /// Writes a whole array.
    func write(_ bytes: [UInt8], at offset: Int) throws(LogStoreError) {
        do throws(FileError) {
            try file.write(bytes, at: offset)
        } catch {
            throw LogStoreError(error)
        }
    }

    /// Writes the whole buffer; it is on the device when this returns, whatever else is not.
    func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        do throws(FileError) {
            try file.writeDurably(buffer, at: offset)
        } catch {
            throw LogStoreError(error)
        }
    }

    /// Cuts or extends the file.
    func truncate(to size: Int) throws(LogStoreError) {
        do throws(FileError) { try file.truncate(to: size) } catch { throw LogStoreError(error) }
    }

    /// Makes the file's bytes durable.
    func sync() throws(LogStoreError) {
        do throws(FileError) { try file.sync() } catch { throw LogStoreError(error) }
    }

    // MARK: What cannot fail, as in ``File``

    func reserve(count: Int) -> Bool { file.reserve(count: count) }
    func prepareWrites(_ range: Range<Int>) { file.prepareWrites(range) }
    func lock() -> Bool { file.lock() }
    func unlock() { file.unlock() }
    func size(at path: String) -> Int? { file.size(at: path) }
    func isFile(at path: String) -> Bool { file.isFile(at: path) }
    func map(count: Int) -> UnsafeRawBufferPointer? { file.map(count: count) }
}
