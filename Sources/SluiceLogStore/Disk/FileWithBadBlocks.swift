import SluiceSystem

/// A file whose blocks read as zeros where the device cannot read them.
final class FileWithBadBlocks: File {
    private let base: any File
    private let name: String
    private let badBlocks: BadBlocks

    init(_ base: any File, name: String, _ badBlocks: BadBlocks) {
        self.base = base
        self.name = name
        self.badBlocks = badBlocks
    }

    func size() throws(FileError) -> Int { try base.size() }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        do throws(FileError) {
            return try base.read(into: buffer, at: offset)
        } catch {
            guard error.isOfDevice else { throw error }
        }
        let end = min(offset + buffer.count, try base.size())
        var place = offset
        while place < end {
            let block = place / BadBlocks.blockBytes
            let next = min((block + 1) * BadBlocks.blockBytes, end)
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[place - offset..<next - offset])
            do throws(FileError) {
                guard try base.read(into: part, at: place) == part.count else {
                    return place - offset
                }
            } catch {
                guard error.isOfDevice else { throw error }
                part.initializeMemory(as: UInt8.self, repeating: 0)
                badBlocks.note(name, block: block)
            }
            place = next
        }
        return max(0, end - offset)
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try base.write(buffer, at: offset)
    }

    func truncate(to size: Int) throws(FileError) { try base.truncate(to: size) }

    func sync() throws(FileError) { try base.sync() }
}
