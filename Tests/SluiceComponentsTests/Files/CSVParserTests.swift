import Testing

@testable import SluiceComponents

@Suite struct CSVParserTests {
    private func rows(
        of text: [UInt8], chunk size: Int, maximum: Int = 1000, held: Int = 1000,
        isLenient: Bool = false
    ) -> [CSVParser.Row] {
        var parser = CSVParser(
            delimiter: UInt8(ascii: ","), maximumRowBytes: maximum, isLenient: isLenient,
            heldBytes: held)
        var rows: [CSVParser.Row] = []
        for start in stride(from: 0, to: text.count, by: size) {
            rows += parser.parse(Array(text[start..<min(start + size, text.count)]))
        }
        return rows + parser.finish()
    }

    @Test(arguments: 1...400) func theSizeOfChunksMakesNoDifference(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let isLenient = seed.isMultiple(of: 2)
        let alphabet = Array("ab,,\"\"\"\r\n\n".utf8)
        var text: [UInt8] = numbers.next() % 4 == 0 ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<60 { text.append(alphabet.randomElement(using: &numbers) ?? 0x61) }
        let whole = rows(of: text, chunk: text.count, maximum: 12, held: 20, isLenient: isLenient)
        for size in [1, 2, 3, 7] {
            let parts = rows(
                of: text, chunk: size, maximum: 12, held: 20, isLenient: isLenient)
            #expect(parts == whole, "seed \(seed), \(text)")
        }
    }

    @Test(arguments: 1...200) func everyLineIsInOneRow(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let pieces = ["a", ",", "\"", "\"\"", "\n", "\r\n", "\r", "x\ny,z\n"]
        let text = (0..<40).map { _ in pieces.randomElement(using: &numbers) ?? "a" }.joined()
        let rows = rows(of: Array(text.utf8), chunk: 5, isLenient: seed.isMultiple(of: 2))
        for (before, after) in zip(rows, rows.dropFirst()) {
            #expect(before.line <= before.lastLine && before.lastLine < after.line, "\(text)")
        }
        // Only blank lines are left out.
        var line = 1
        var before: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0D || byte == 0x0A {
                if before != 0x0D || byte != 0x0A { line += 1 }
            } else {
                #expect(rows.contains { ($0.line...$0.lastLine).contains(line) }, "\(text)")
            }
            before = byte
        }
    }

    @Test func aHostileTextIsNotReadAgainForEachOfItsLines() {
        // Each line begins a quoted field that never ends, where quotes inside of fields count as text.
        let count = 20_000
        let text = Array(repeating: "x,\"\"a\n", count: count).joined() + "y,"
        let rows = rows(
            of: Array(text.utf8), chunk: 65_536, maximum: 1 << 20, held: 1 << 20, isLenient: true)
        #expect(rows.last?.line == count + 1)
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
