import Sluice

extension Terminal {
    /// Shows what is wrong with an expression, with carets under the smallest wrong part.
    ///
    /// - Parameters:
    ///   - offset: Where that part begins, in bytes.
    ///   - length: How many bytes it has.
    func report(
        _ message: String, in text: String, at offset: Int, length: Int, suggestion: String?
    ) {
        let bytes = Array(text.utf8)
        let start = min(offset, bytes.count)
        let lineStart = bytes[..<start].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lineEnd = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        let end = min(start + length, lineEnd)
        func part(_ range: Range<Int>) -> String {
            String(decoding: bytes[range], as: UTF8.self)
        }
        let line = SourceLine(
            part(lineStart..<lineEnd),
            column: 1 + part(lineStart..<start).unicodeScalars.count,
            length: part(start..<end).unicodeScalars.count)
        note("\(red("error:")) \(message)")
        note("  \(line.text)")
        note("  \(line.marks)")
        if let suggestion { note("  \(suggestion)") }
    }
}
