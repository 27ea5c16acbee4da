/// A Bloom filter of a run's keys: one cache line a key, one bit in each of the line's eight words.
enum RunFilter {
    static func lineCount(keys: Int) -> Int {
        let bits = max(0, min(keys, Int(Int32.max))) * RunFormat.filterBitsPerKey
        return max(1, (bits + RunFormat.lineByteCount * 8 - 1) / (RunFormat.lineByteCount * 8))
    }

    static func pageCount(lines: Int) -> Int {
        (lines + RunFormat.linesPerPage - 1) / RunFormat.linesPerPage
    }

    /// The hash that finds a key's bits in the filter of every run.
    @inline(__always)
    static func hash(_ collection: UInt16, _ key: UnsafeRawBufferPointer) -> UInt64 {
        ContentHash.hash(key, seed: UInt64(collection))
    }

    /// The number of a key's line.
    @inline(__always)
    static func line(_ hash: UInt64, of count: Int) -> Int {
        Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// The number of the filter page that holds a line.
    @inline(__always)
    static func page(ofLine line: Int) -> Int {
        line / RunFormat.linesPerPage
    }

    /// Where a line begins, from the first filter page on.
    @inline(__always)
    static func offset(ofLine line: Int) -> Int {
        // Every page has one place before its lines.
        (line &+ page(ofLine: line) &+ 1) &* RunFormat.lineByteCount
    }

    /// Six bits for each of the eight words; the line took the hash's upper bits.
    @inline(__always)
    private static func places(_ hash: UInt64) -> UInt64 {
        (hash &* ContentHash.k0) &>> 16
    }

    /// Whether the key may be in the run; its page has been verified.
    @inline(__always)
    static func contains(_ line: UnsafeRawPointer, _ hash: UInt64) -> Bool {
        var places = places(hash)
        var all: UInt64 = 1
        for word in 0..<8 {
            let bits = line.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)
            all &= UInt64(littleEndian: bits) &>> (places & 63)
            places &>>= 6
        }
        return all & 1 == 1
    }

    @inline(__always)
    static func insert(_ hash: UInt64, into line: UnsafeMutableRawPointer) {
        var places = places(hash)
        for word in 0..<8 {
            let bits = line.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)
            let bit = (1 as UInt64) &<< (places & 63)
            line.storeBytes(of: bits | bit.littleEndian, toByteOffset: word &* 8, as: UInt64.self)
            places &>>= 6
        }
    }
}

/// A filter that is being made, in memory.
final class RunFilterBuilder {
    let lineCount: Int
    let pageCount: Int
    private let pages: UnsafeMutableRawPointer

    init(keys: Int) {
        lineCount = RunFilter.lineCount(keys: keys)
        pageCount = RunFilter.pageCount(lines: lineCount)
        let byteCount = pageCount * RunFormat.pageByteCount
        pages = .allocate(byteCount: byteCount, alignment: RunFormat.lineByteCount)
        pages.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    deinit {
        pages.deallocate()
    }

    @inline(__always)
    func insert(_ hash: UInt64) {
        let line = RunFilter.line(hash, of: lineCount)
        RunFilter.insert(hash, into: pages + RunFilter.offset(ofLine: line))
    }

    /// Copies a page, whose hash is still to be set.
    func write(_ page: Int, to bytes: UnsafeMutableRawPointer) {
        bytes.copyMemory(
            from: pages + page * RunFormat.pageByteCount, byteCount: RunFormat.pageByteCount)
    }
}
