import Sluice
import SluiceSystem
import Testing

@Suite struct LineReaderTests {
    /// The lines of a text that comes in chunks of a size: `number:text`, `!` where it is too long.
    private func lines(of text: [UInt8], chunk size: Int, maximum: Int = 1000) -> [String] {
        var reader = LineReader(maximumLineBytes: maximum)
        var lines: [String] = []
        func note(_ line: LineReader.Line) {
            let text = String(decoding: line.bytes, as: UTF8.self)
            lines.append("\(line.number):\(line.isTooLong ? "!" : text)")
        }
        for start in stride(from: 0, to: text.count, by: size) {
            reader.append(Array(text[start..<min(start + size, text.count)]))
            while let line = reader.next() { note(line) }
        }
        if let line = reader.finish() { note(line) }
        return lines
    }

    @Test(arguments: 1...12) func theSizeOfChunksMakesNoDifference(size: Int) {
        let text = "\u{FEFF}one\r\n\n  \t\r\ntwo\n\r\nth\rree \nfour"
        let expected = ["1:one", "4:two", "6:th\rree ", "7:four"]
        #expect(lines(of: Array(text.utf8), chunk: size) == expected)
    }

    @Test(arguments: ["", "\n", "\r\n", "\u{FEFF}", "\u{FEFF}\r\n", " \n "])
    func blankLinesAreLeftOut(text: String) {
        #expect(lines(of: Array(text.utf8), chunk: 3).isEmpty)
    }

    @Test func aLastLineMayEndOrNot() {
        #expect(lines(of: Array("a\nb".utf8), chunk: 9) == ["1:a", "2:b"])
        #expect(lines(of: Array("a\nb\n".utf8), chunk: 9) == ["1:a", "2:b"])
    }

    @Test(arguments: 1...12) func aLineOverTheLimitIsNamedAndTheNextIsRead(size: Int) {
        let text = Array("1234\r\n12345\n\u{FEFF}\n123456789012345\nx\n1234567".utf8)
        let expected = ["1:1234", "2:!", "3:\u{FEFF}", "4:!", "5:x", "6:!"]
        #expect(lines(of: text, chunk: size, maximum: 4) == expected)
    }

    @Test func aMarkIsNoPartOfTheFirstLineLimit() {
        #expect(lines(of: Array("\u{FEFF}1234\r\n".utf8), chunk: 100, maximum: 4) == ["1:1234"])
        #expect(lines(of: Array("\u{FEFF}1234\r\n".utf8), chunk: 1, maximum: 4) == ["1:1234"])
        #expect(lines(of: Array("\u{FEFF}1234".utf8), chunk: 1, maximum: 4) == ["1:1234"])
    }
}
