import SluiceSystem
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
        func add(_ first: [CSVParser.Row]) {
            var found = first
            while !found.isEmpty {
                rows += found
                found = parser.rest()
            }
        }
        for start in stride(from: 0, to: text.count, by: size) {
            add(parser.parse(Array(text[start..<min(start + size, text.count)])))
        }
        add(parser.finish())
        return rows
    }

    @Test(arguments: 1...400) func theSizeOfChunksMakesNoDifference(seed: UInt64) {
        var numbers = SplitMix(seed: seed)
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
        var numbers = SplitMix(seed: seed)
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
        var numbers = SplitMix(seed: seed)
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

    /// How a quote can be out of place.
    enum Stray: CaseIterable {
        case insideOfAPlainField
        case behindBlanks
        case textBehindTheClosingQuote
        case insideOfAQuotedField
    }

    @Test(arguments: 1...200, Stray.allCases)
    func aQuoteOutOfPlaceBreaksItsRowAlone(seed: UInt64, stray: Stray) throws {
        var numbers = SplitMix(seed: seed)
        let alphabet = Array("ab ,,\"\n\r\né")
        var lines: [String] = []
        var fields: [[String]] = []
        for _ in 0..<7 {
            fields.append(
                (0..<4).map { _ in
                    let letters = (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
                        alphabet.randomElement(using: &numbers) ?? "a"
                    }
                    return String(letters)
                })
            lines.append(fields.last?.map(quoted).joined(separator: ",") ?? "")
        }
        let broken = Int.random(in: 1...5, using: &numbers)
        var parts = fields[broken].map(quoted)
        let place = Int.random(in: 0...2, using: &numbers)
        parts[place] =
            switch stray {
            case .insideOfAPlainField: "a\"b"
            case .behindBlanks: " \"b"
            case .textBehindTheClosingQuote: parts[place] + "c"
            case .insideOfAQuotedField: "\"a\"b" + parts[place].dropFirst()
            }
        lines[broken] = parts.joined(separator: ",")
        let text = lines.joined(separator: "\n") + "\n"
        let read = rows(of: Array(text.utf8), chunk: 5)
        fields.remove(at: broken)
        #expect(
            read.filter { $0.problem == nil }.map(\.approximateTexts) == fields, "\(text)")
        let failed = read.filter { $0.problem != nil }
        #expect(
            failed.map { String(decoding: $0.text, as: UTF8.self) } == [lines[broken]], "\(text)")
    }

    @Test func aLongRowWithoutQuotesBreaksAloneToo() {
        let long = String(repeating: "x", count: 10_000)
        let text = "a,b\n\(long),\"y\nz,w\n\"\n1,2\n"
        for size in [7, 4_096, 100_000] {
            let read = rows(of: Array(text.utf8), chunk: size)
            #expect(read.map(\.line) == [1, 2, 5])
            #expect(read.map { $0.problem == nil } == [true, false, true])
            #expect(read[1].text == Array(long.utf8.prefix(4_096)))
        }
    }

    @Test func quotesOutOfPlaceAreNotReadAgainForEachOfThem() {
        let count = 20_000
        for line in ["\"x\"y,\"\"\n", " \"x\n", "\"x\n\"y,\n", "\"\n\"a,\"b\n\"\n"] {
            let text = Array(repeating: line, count: count).joined() + "y,"
            let rows = rows(
                of: Array(text.utf8), chunk: 65_536, maximum: 1 << 20, held: 1 << 20)
            #expect(rows.last?.lastLine == 1 + text.utf8.count { $0 == 0x0A })
        }
    }

    @Test func rowsBehindAQuoteThatIsNotClosedComeAFewAtATime() {
        var parser = CSVParser(delimiter: UInt8(ascii: ","), maximumRowBytes: 1000)
        let text = "1,\"open\n" + String(repeating: "a,b\n", count: 100_000)
        #expect(parser.parse(Array(text.utf8)).isEmpty)
        var (found, count, most) = (parser.finish(), 0, 0)
        while !found.isEmpty {
            count += found.count
            most = max(most, found.count)
            found = parser.rest()
        }
        #expect(count == 100_001 && most <= 2000)
    }

    private func quoted(_ field: String) -> String {
        let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + doubled.joined(separator: "\"\"") + "\""
    }
}
