import SluiceSystem

/// What the device cannot read of files from which as much as possible is wanted.
///
/// Safe to use from any thread.
final class BadBlocks: Sendable {
    /// Bytes of the smallest part that a device fails to read as a whole.
    static let blockBytes = 4096

    /// Bytes of one file.
    struct Part: Hashable {
        var file: String
        var range: Range<Int>
    }

    private let blocks = Monitor<[String: Set<Int>]>([:])

    func note(_ file: String, block: Int) {
        blocks.change { _ = $0[file, default: []].insert(block) }
    }

    /// What could not be read so far, in order of files and places.
    var parts: [Part] {
        let blocks = blocks.withLock { $0 }
        var parts: [Part] = []
        for (file, numbers) in blocks.sorted(by: { $0.key < $1.key }) {
            for number in numbers.sorted() {
                let range = number * Self.blockBytes..<(number + 1) * Self.blockBytes
                if let last = parts.last, last.file == file,
                    last.range.upperBound == range.lowerBound
                {
                    parts[parts.count - 1].range = last.range.lowerBound..<range.upperBound
                } else {
                    parts.append(Part(file: file, range: range))
                }
            }
        }
        return parts
    }
}
