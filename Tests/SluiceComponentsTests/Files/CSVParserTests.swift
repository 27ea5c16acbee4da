import Testing

@testable import SluiceComponents

@Suite struct CSVParserTests {
    private func rows(of text: [UInt8], chunk size: Int, maximum: Int = 1000) -> [CSVParser.Row] {
        var parser = CSVParser(delimiter: UInt8(ascii: ","), maximumRowBytes: maximum)
        var rows: [CSVParser.Row] = []
        for start in stride(from: 0, to: text.count, by: size) {
            rows += parser.parse(Array(text[start..<min(start + size, text.count)]))
        }
        if let last = parser.finish() { rows.append(last) }
        return rows
    }

    @Test(arguments: 1...200) func theSizeOfChunksMakesNoDifference(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let alphabet = Array("ab,,\"\"\"\r\n\n".utf8)
        var text: [UInt8] = numbers.next() % 4 == 0 ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<60 { text.append(alphabet.randomElement(using: &numbers) ?? 0x61) }
        let whole = rows(of: text, chunk: text.count, maximum: 12)
        for size in [1, 2, 3, 7] {
            #expect(rows(of: text, chunk: size, maximum: 12) == whole, "seed \(seed), \(text)")
        }
    }

    @Test(arguments: 1...100) func whatIsWrittenIsRead(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let alphabet = Array("ab ,\"\r\né")
        var text = ""
        var expected: [[String]] = []
        for _ in 0..<5 {
            var fields: [String] = []
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let length = Int.random(in: 0...5, using: &numbers)
                let letters = (0..<length).map { _ in
                    alphabet.randomElement(using: &numbers) ?? "a"
                }
                fields.append(String(letters))
            }
            expected.append(fields)
            text += fields.map(quoted).joined(separator: ",") + "\r\n"
        }
        let read = rows(of: Array(text.utf8), chunk: 5)
        #expect(read.allSatisfy { $0.problem == nil }, "seed \(seed)")
        #expect(read.map(\.approximateTexts) == expected, "seed \(seed), \(text)")
    }

    private func quoted(_ field: String) -> String {
        let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + doubled.joined(separator: "\"\"") + "\""
    }
}
