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
        func scalars(_ range: Range<Int>) -> String.UnicodeScalarView {
            String(decoding: bytes[range], as: UTF8.self).unicodeScalars
        }
        let before = scalars(lineStart..<start).map { $0 == "\t" ? "\t" : " " }.joined()
        let carets = String(repeating: "^", count: max(1, scalars(start..<end).count))
        note("\(red("error:")) \(message)")
        note("  \(String(scalars(lineStart..<lineEnd)))")
        note("  \(before)\(carets)")
        if let suggestion { note("  \(suggestion)") }
    }
}
