import Glibc

/// Cuts a stream of bytes into lines without copying those that lie inside of one chunk.
///
/// Give it chunks of any size with ``append(_:)``, take lines with ``next()`` until there is none,
/// and call ``finish()`` after the last chunk. A line ends with LF or CRLF, the last one also
/// without; a byte order mark at the start is dropped. Blank lines are counted and left out. Memory
/// is bounded by the chunk and the longest allowed line.
package struct LineReader: Sendable {
    /// A line and its place.
    package struct Line: Sendable, Equatable {
        /// The line's number, from 1.
        package var number: Int
        /// The line without its end; empty where it is too long.
        package var bytes: ArraySlice<UInt8>
        /// Whether the line has more bytes than allowed; they were dropped.
        package var isTooLong = false
    }

    /// How many bytes a line may have, its end not counted.
    package let maximumLineBytes: Int
    private var chunk: [UInt8] = []
    private var position = 0
    /// The beginning of a line that goes on in the next chunk.
    private var beginning: [UInt8] = []
    private var isDropping = false
    private var number = 0

    /// What may stand before the first line of UTF-8 text, and is no part of it.
    package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The limit where none is given: 64 MiB.
    package static let defaultMaximumLineBytes = 67_108_864

    /// Starts at line 1.
    package init(maximumLineBytes: Int = Self.defaultMaximumLineBytes) {
        self.maximumLineBytes = maximumLineBytes
    }

    /// Gives the next bytes; to be called when ``next()`` has no more lines.
    package mutating func append(_ bytes: [UInt8]) {
        keepBeginning()
        chunk = bytes
        position = 0
    }

    /// The next whole line that is not blank; nil where more bytes are needed.
    package mutating func next() -> Line? {
        while let end = nextLineFeed() {
            let part = chunk[position..<end]
            position = end + 1
            if let line = close(with: part) { return line }
        }
        return nil
    }

    /// The last line, where the bytes do not end with a line's end; nil where it is blank.
    package mutating func finish() -> Line? {
        keepBeginning()
        chunk = []
        position = 0
        return close(with: [])
    }

    private func nextLineFeed() -> Int? {
        chunk.withUnsafeBytes { bytes in
            guard position < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + position, 0x0A, bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func keepBeginning() {
        guard position < chunk.count else { return }
        let rest = chunk[position...]
        position = chunk.count
        // Four bytes more: a CR may follow a line of the greatest length, and the mark before the
        // first line, of three bytes, is cut off only when the line is whole.
        if isDropping || beginning.count + rest.count > maximumLineBytes.saturating(adding: 4) {
            isDropping = true
            beginning = []
        } else {
            beginning += rest
        }
    }

    /// Makes a line of what was kept and its last part; nil where it is blank.
    private mutating func close(with part: ArraySlice<UInt8>) -> Line? {
        number += 1
        var bytes = part
        if !beginning.isEmpty {
            beginning += part
            bytes = beginning[...]
            beginning = []
        }
        if number == 1, bytes.starts(with: Self.byteOrderMark) { bytes = bytes.dropFirst(3) }
        if bytes.last == 0x0D { bytes = bytes.dropLast() }
        if isDropping || bytes.count > maximumLineBytes {
            isDropping = false
            return Line(number: number, bytes: [], isTooLong: true)
        }
        guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return nil }
        return Line(number: number, bytes: bytes)
    }
}

extension Int {
    fileprivate func saturating(adding other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
