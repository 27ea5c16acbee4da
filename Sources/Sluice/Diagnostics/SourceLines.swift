/// Where the lines of a text begin, and how many Unicode scalars lie before each of its parts.
struct SourceLines: Sendable {
    private let starts: [Int]
    /// The number of scalars that begin before each block of bytes.
    private let counts: [Int]
    private static let block = 1024

    init(_ bytes: [UInt8]) {
        var starts = [0]
        var counts: [Int] = []
        var count = 0
        bytes.withUnsafeBufferPointer { bytes in
            for place in 0..<bytes.count {
                if place % Self.block == 0 { counts.append(count) }
                let byte = bytes[place]
                if byte == 0x0A { starts.append(place + 1) }
                if byte & 0xC0 != 0x80 { count += 1 }
            }
        }
        counts.append(count)
        self.starts = starts
        self.counts = counts
    }

    /// The line of a byte, from 0.
    func line(of place: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    /// The bytes of a line, its end left out.
    func range(of line: Int, in bytes: [UInt8]) -> Range<Int> {
        let start = starts[line]
        return start..<(line + 1 < starts.count ? starts[line + 1] - 1 : bytes.count)
    }

    /// How many scalars begin in a range of bytes.
    func scalars(in range: Range<Int>, of bytes: [UInt8]) -> Int {
        scalars(before: range.upperBound, of: bytes) - scalars(before: range.lowerBound, of: bytes)
    }

    private func scalars(before place: Int, of bytes: [UInt8]) -> Int {
        let block = place / Self.block
        let start = block * Self.block
        return counts[min(block, counts.count - 1)]
            + (start < place ? bytes[start..<place].count { $0 & 0xC0 != 0x80 } : 0)
    }
}
