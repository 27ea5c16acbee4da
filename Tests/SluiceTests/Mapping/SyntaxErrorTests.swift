import Sluice
import SluiceJSON
import Testing

struct SyntaxErrorTests {
    /// An expression, the part of it that is to blame, and words of the message or suggestion.
    struct Broken: Sendable, CustomTestStringConvertible {
        var text: String
        var blamed: String
        var words: String

        init(_ text: String, _ blamed: String, _ words: String) {
            self.text = text
            self.blamed = blamed
            self.words = words
        }

        var testDescription: String { text }
    }

    @Test(arguments: [
        Broken("", "", "the expression ends where a value should be"),
        Broken("   ", "", "the expression ends where a value should be"),
        Broken("1 +", "", "the expression ends where a value should be"),
        Broken("(1", "", "the expression ends where `)` should be"),
        Broken("2 * (1", "", "the `(` of character 5 is not closed"),
        Broken("[1, 2", "", "the `[` of character 1 is not closed"),
        Broken("{a: 1", "", "the `{` of character 1 is not closed"),
        Broken("length($.a", "", "the `(` of character 7 is not closed"),
        Broken("1)", ")", "`)` where an operator or the end should be"),
        Broken("[1 2]", "2", "`2` where `,` or `]` should be"),
        Broken("[1,]", "]", "`]` where a value should be"),
        Broken("{a 1}", "1", "`:` after a member's name"),
        Broken("{1: 2}", "1", "a member's name"),
        Broken("{a: 1, 'a': 2}", "'a'", "the member `a` is there twice"),
        Broken("$.a = 1", "=", "did you mean `==`?"),
        Broken("$.a === 1", "=", "did you mean `==`?"),
        Broken("$.a <> 1", ">", "`>` where a value should be"),
        Broken("$.a | upper", "|", "There are no pipes"),
        Broken("$.a & $.b", "&", "did you mean `&&`?"),
        Broken("$.a and $.b", "and", "did you mean `&&`?"),
        Broken("not $.a", "not", "did you mean `!`?"),
        Broken("2 ** 3", "*", "`*` where a value should be"),
        Broken("name", "name", "`$.name` is the message's member"),
        Broken("1 + naïve", "naïve", "`$.naïve` is the message's member"),
        Broken(".name", ".", "did you mean `$.`?"),
        Broken("@.x", "@", "did you mean `$`?"),
        Broken("upper", "upper", "a call needs parentheses"),
        Broken("uper($.a)", "uper", "did you mean `upper`?"),
        Broken("Upper($.a)", "Upper", "did you mean `upper`?"),
        Broken("hasPrefix($.a, 'x')", "hasPrefix", "did you mean `hasprefix`?"),
        Broken("qqqq()", "qqqq", "there is no function `qqqq`"),
        Broken("now(1)", "now(1)", "`now` takes no arguments, not 1"),
        Broken("upper()", "upper()", "`upper` takes 1 argument, not 0"),
        Broken("trim(1, 2, 3)", "trim(1, 2, 3)", "`trim` takes 1 or 2 arguments, not 3"),
        Broken("coalesce()", "coalesce()", "`coalesce` takes at least 1 argument, not 0"),
        Broken("1 < 2 < 3", "<", "comparisons do not chain"),
        Broken("1 == 2 != 3", "!=", "comparisons do not chain"),
        Broken("$.a ? 1", "", "`:` of `? :`"),
        Broken("$.a ? 1 ; 2", ";", "`:` of `? :`"),
        Broken("01", "01", "`01` is no number"),
        Broken("1.", "1.", "`1.` is no number"),
        Broken("1e", "1e", "`1e` is no number"),
        Broken("0x1F", "0x1F", "`0x1F` is no number"),
        Broken("1_000", "1_000", "`1_000` is no number"),
        Broken(".5", ".", "where a value should be"),
        Broken("'abc", "'abc", "the string is not closed"),
        Broken(#"'abc\"#, #"\"#, "the string is not closed"),
        Broken(#"'a\qb'"#, #"\q"#, "is no escape"),
        Broken(#"'a\éb'"#, #"\é"#, "is no escape"),
        Broken(#"'\"'"#, #"\""#, "is no escape"),
        Broken(#"'\u12G4'"#, #"\u12G4"#, "four hexadecimal digits"),
        Broken(#"'\u12'"#, #"\u12'"#, "four hexadecimal digits"),
        Broken(#"'\ud83d'"#, #"\ud83d"#, "half of a surrogate pair"),
        Broken(#"'\ude00'"#, #"\ude00"#, "half of a surrogate pair"),
        Broken(#"'\ud83d\u0041'"#, #"\ud83d\u0041"#, "half of a surrogate pair"),
        Broken("'a\nb'", "\n", "a control character"),
        Broken("1 # 2", "#", "`#` where an operator"),
        Broken("\u{0}", "\u{0}", "where a value should be"),
    ])
    func theSmallestWrongPartIsBlamed(_ broken: Broken) {
        do {
            let expression = try Expression(broken.text)
            Issue.record("\(expression) compiled")
        } catch {
            let bytes = Array(broken.text.utf8)[error.offset..<error.offset + error.length]
            #expect(String(decoding: bytes, as: UTF8.self) == broken.blamed)
            #expect(error.description.contains(broken.words), "\(error)")
        }
    }

    @Test func everyBrokenExpressionOfATemplateIsReported() throws {
        let template: JSON = [
            "ok": "{{$.a}}", "id": "x{{uper($.a)}}-{{$.b}}-{{name}}",
            "list": ["{{1 +}}", ["k y": "é{{'}}' + }} {{$.a b}}"]], "open": "a{{$.a",
        ]
        do {
            _ = try Template(template, at: "edge a.out -> b.in")
            Issue.record("it compiled")
        } catch {
            let places = error.problems.map { "\($0.path) \($0.offset) \($0.expression)" }
            #expect(
                places == [
                    "$.id 3 uper($.a)", "$.id 25 name", "$.list[0] 5 1 +",
                    "$.list[1]['k y'] 11 '}}' +", "$.list[1]['k y'] 20 $.a b", "$.open 6 $.a",
                ])
            #expect(error.problems.last?.message == "the expression ends where `}}` should be")
            #expect(
                error.description.hasPrefix(
                    "edge a.out -> b.in: $.id, byte 3: there is no function `uper` (did you mean"))
        }
    }

    @Test func oneBraceIsNotTwo() {
        #expect(throws: TemplateError.self) { try Template("{{$.a}") }
        #expect(throws: TemplateError.self) { try Template("{{$.a} }") }
        #expect(throws: TemplateError.self) { try Template("{{}}") }
        #expect(throws: TemplateError.self) { try Template("{{") }
        #expect(throws: Never.self) { try Template("{ {$.a}}") }
    }
}
