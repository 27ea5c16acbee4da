/// A live record that a search has found and not read yet.
struct SearchHit {
    var key: [UInt8]
    var entry: IndexEntry
    var segment: Segment
}

/// Reads the values of a search.
///
/// Records that lie side by side, as compaction leaves them, come in one read.
final class SearchWindow {
    /// Bytes of other records worth reading over to save a read.
    private static let largestGap = 4 << 10
    private static let largestWindow = 256 << 10

    private let reader: RecordReader
    private var bytes: [UInt8] = []
    private var segment: UInt32 = 0
    private var range = 0..<0

    init(reader: RecordReader) {
        self.reader = reader
    }

    /// The value of one of the hits; those behind it are read ahead.
    func value(of index: Int, in hits: [SearchHit]) throws(LogStoreError) -> [UInt8] {
        let hit = hits[index]
        let place = Self.range(of: hit.entry)
        if hit.segment.id != segment || !range.contains(place) {
            let wanted = Self.neighbourhood(of: index, in: hits)
            guard wanted != place else {
                return try reader.value(hit.entry, in: hit.segment, key: hit.key)
            }
            try fill(hit.segment, wanted)
            guard range.contains(place) else {
                return try reader.value(hit.entry, in: hit.segment, key: hit.key)
            }
        }
        let start = place.lowerBound - range.lowerBound
        var result: Result<[UInt8], LogStoreError> = .success([])
        bytes.withUnsafeBytes { bytes in
            let record = UnsafeRawBufferPointer(rebasing: bytes[start..<start + place.count])
            do throws(LogStoreError) {
                result = .success(
                    try reader.value(record, hit.entry, in: hit.segment, key: hit.key))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private func fill(_ segment: Segment, _ wanted: Range<Int>) throws(LogStoreError) {
        range = 0..<0
        if bytes.count < wanted.count {
            bytes = [UInt8](
                repeating: 0, count: max(wanted.count, min(bytes.count * 2, Self.largestWindow)))
        }
        var count = 0
        var failure: LogStoreError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(LogStoreError) {
                count = try segment.file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted.count]),
                    at: wanted.lowerBound)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.segment = segment.id
        range = wanted.lowerBound..<wanted.lowerBound + count
    }

    /// The bytes of a record and of those behind it that lie close by.
    private static func neighbourhood(of index: Int, in hits: [SearchHit]) -> Range<Int> {
        var range = range(of: hits[index].entry)
        for hit in hits[(index + 1)...] {
            guard hit.segment.id == hits[index].segment.id else { break }
            let next = Self.range(of: hit.entry)
            let joined =
                min(range.lowerBound, next.lowerBound)..<max(range.upperBound, next.upperBound)
            let gap = joined.count - range.count - next.count
            guard gap <= largestGap, joined.count <= largestWindow else { break }
            range = joined
        }
        return range
    }

    private static func range(of entry: IndexEntry) -> Range<Int> {
        Int(entry.offset)..<Int(entry.offset) + Int(entry.length)
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
