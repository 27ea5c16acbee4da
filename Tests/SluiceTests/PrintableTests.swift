import Sluice
import SluiceSystem
import Testing

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain, é, 你好, 🙂", "plain, é, 你好, 🙂"),
        ("a\u{1B}[31mb", #"a\u{1b}[31mb"#), ("a\nb\r\n\tc\u{7}", #"a\nb\r\n\tc\u{7}"#),
        ("\u{0}\u{7F}\u{85}\u{9B}", #"\u{0}\u{7f}\u{85}\u{9b}"#),
        ("\u{202E}\u{2066}\u{200B}\u{2028}\u{2029}", #"\u{202e}\u{2066}\u{200b}\u{2028}\u{2029}"#),
        (#"C:\new"#, #"C:\new"#), ("", ""),
    ]) func whatIsNotSeenAsItIsStandsAsAnEscape(text: String, shown: String) {
        #expect(Printable.line(text) == shown)
        #expect(Printable.line(shown) == shown)
    }

    @Test func lineFeedsOfSeveralLinesStay() {
        #expect(Printable.lines("a\nb\r\n\u{1B}") == "a\nb\\r\n\\u{1b}")
    }

    @Test func aQuotedTextIsUnmistakable() {
        #expect(Printable.quoted("a\"\\n\n") == #""a\"\\n\n""#)
        // A mark that combines with a quote makes it no other character.
        let marked = Printable.quoted("a\"\u{301}\\\u{301}")
        #expect(Array(marked.unicodeScalars) == Array("\"a\\\"\u{301}\\\\\u{301}\"".unicodeScalars))
    }

    @Test func jsonSaysTheSame() {
        #expect(
            Printable.json("{\n\"\u{9B}\": \"\u{E0001}\"\n}")
                == "{\n\"\\u009b\": \"\\udb40\\udc01\"\n}")
    }

    @Test(arguments: [
        ("ab = c", 4, 1, "ab = c", "   ^"), ("\ta\u{1B}b", 4, 1, #"    a\u{1b}b"#, "           ^"),
        ("a\u{9B}b", 2, 1, #"a\u{9b}b"#, " ^^^^^^"), ("ab", 3, 1, "ab", "  ^"),
        ("ab", 2, 4, "ab", " ^^^^"), ("", 1, 0, "", "^"),
    ]) func marksStandUnderWhatIsMeant(
        line: String, column: Int, length: Int, text: String, marks: String
    ) {
        let source = SourceLine(line, column: column, length: length)
        #expect(source.text == text)
        #expect(source.marks == marks)
    }
}
