import SluiceJSON
import SluiceSystem
import Testing

@Suite struct IRegexpTests {
    @Test(
        arguments: [
            ("", [""], ["a"]),
            ("abc", ["abc"], ["ab", "abcd", "xabc", ""]),
            ("a|bc|", ["a", "bc", ""], ["b", "abc"]),
            ("a*", ["", "a", "aaaa"], ["b", "aab"]),
            ("a+b?", ["a", "aab"], ["", "b", "abb"]),
            ("(ab){2}", ["abab"], ["ab", "ababab"]),
            ("a{2,}", ["aa", "aaaaa"], ["a"]),
            ("a{1,3}", ["a", "aa", "aaa"], ["", "aaaa"]),
            ("a{0}", [""], ["a"]),
            ("a{0,2}", ["", "aa"], ["aaa"]),
            ("(a{2}b{1,2}){2}", ["aabaab", "aabbaab"], ["aab", "ababab"]),
            ("([a-c]{2}[x]){2}", ["abxcax"], ["abxabc", "xxxxxx"]),
            (".", ["a", "é", "😀", "\u{2028}", "\t"], ["", "\n", "\r", "ab"]),
            ("[a-cx]", ["a", "c", "x"], ["d", "-", ""]),
            ("[^a-c]", ["d", "é", "\n"], ["a", "b"]),
            ("[-a]", ["-", "a"], ["b"]),
            ("[a-]", ["-", "a"], ["b"]),
            ("[^-]", ["a"], ["-"]),
            ("[--]", ["-"], ["a"]),
            ("[a^.$*]", ["^", ".", "$", "*", "a"], ["b"]),
            (#"[\]\[\\\-]"#, ["]", "[", "\\", "-"], ["a"]),
            (#"\.\*\\\{\}\n\r\t"#, [".*\\{}\n\r\t"], [""]),
            (#"\p{Lu}+"#, ["ABÉ"], ["a", "1"]),
            (#"\p{L}\p{Nd}"#, ["a1", "Ж٣"], ["11", "aa"]),
            (#"\P{L}"#, ["1", " "], ["a"]),
            (#"[\p{Lu}\p{Sm}0-9]*"#, ["A+1"], ["a"]),
            (#"[^\p{L}]"#, ["1"], ["é"]),
            (#"[\P{L}a]"#, ["1", "a"], ["b"]),
            ("é{2}", ["éé"], ["é", "ee"]),
            ("[α-ω]+", ["αβγ"], ["abc"]),
            ("(((a)))", ["a"], ["aa"]),
            ("()", [""], ["a"]),
            ("(|a)+", ["", "aaa"], ["b"]),
            ("^a$", ["a"], ["^a$", "aa"]),
            ("a^b", [], ["ab", "a^b"]),
        ] as [(String, [String], [String])])
    func matchesWholeTexts(pattern: String, matching: [String], others: [String]) throws {
        let expression = try IRegexp(pattern)
        for text in matching { #expect(expression.matches(text), "\(pattern) on \(text)") }
        for text in others { #expect(!expression.matches(text), "\(pattern) on \(text)") }
    }

    @Test(arguments: [
        ("b", "abc", true), ("b+c", "abbbc", true), ("x", "abc", false), ("", "", true),
        ("", "a", true), ("^b", "ab", false), ("^a", "ab", true), ("b$", "ab", true),
        ("a$", "ab", false), ("^$", "", true), ("^$", "a", false), ("é.", "aéb", true),
        ("[0-9]{3}", "ab12c345", true), ("[0-9]{4}", "ab12c345", false),
    ])
    func searchesInTexts(pattern: String, text: String, isFound: Bool) throws {
        #expect(try IRegexp(pattern).searches(text) == isFound)
    }

    @Test(arguments: [
        ("(", 0), (")", 0), ("a)", 1), ("(a", 0), ("[a", 0), ("[]", 1), ("[^]", 2), ("]", 0),
        ("*", 0), ("a**", 2), ("a{", 2), ("a{,2}", 2), ("a{2,1}", 1), ("a{x}", 2), ("a{1", 3),
        ("}", 0), ("{2}", 0), (#"\"#, 1), (#"\d"#, 0), (#"\w"#, 0), (#"é\s"#, 2), (#"\u0041"#, 0),
        (#"\p{X}"#, 0), (#"\p{Cs}"#, 0), (#"\pL"#, 2), (#"\p{IsGreek}"#, 0), ("[a-b-c]", 4),
        ("[b-a]", 1), ("[--a]", 2), ("[[a]]", 1), ("(?:a)", 1), ("a??", 2), (#"a\1"#, 1),
        ("[a-[b]]", 3), (#"[a-\p{L}]"#, 3),
    ])
    func whatIsNoIRegexpIsRefused(pattern: String, offset: Int) {
        let error = #expect(throws: IRegexpError.self) { try IRegexp(pattern) }
        #expect(error?.offset == offset, "\(pattern): \(String(describing: error))")
    }

    @Test(arguments: [
        "(a*)*b", "(a+)+b", "(a|aa)+b", "(a|a)*b", "((a*)*)*b", "(.*)*b", "(a?){50}b",
    ])
    func nestedRepeatsAreLinear(pattern: String) throws {
        let expression = try IRegexp(pattern)
        let text = String(repeating: "a", count: 20_000)
        #expect(!expression.matches(text))
        #expect(!expression.searches(text))
        #expect(expression.searches(text + "b"))
    }

    @Test func largeRepeatsAreAllowedUpToTheLimit() throws {
        let expression = try IRegexp("[a-c]{1,1000}")
        #expect(expression.matches(String(repeating: "abc", count: 333)))
        #expect(!expression.matches(String(repeating: "a", count: 1001)))
        for pattern in [
            "a{10001}", "(a{1,1000}){1,1000}", "a{999999999999999999999999}", "(|){1000000000}",
            "((a{1,1000}){1,1000}){1,1000}",
        ] {
            #expect(throws: IRegexpError.self) { try IRegexp(pattern) }
        }
        #expect(try IRegexp("(){1000000000}").matches(""))
        #expect(try IRegexp("(){0,1000000000}").matches(""))
    }

    @Test func groupsNestUpToTheLimit() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(try IRegexp(nested(IRegexp.maximumNesting)).matches("a"))
        #expect(throws: IRegexpError.self) { try IRegexp(nested(IRegexp.maximumNesting + 1)) }
        #expect(throws: IRegexpError.self) { try IRegexp(nested(1_000_000)) }
    }

    @Test(arguments: [UInt64](1...20)) func randomPatternsNeverTrap(seed: UInt64) {
        var random = SplitMix(seed)
        let pieces = [
            "a", "b", "é", "(", ")", "[", "]", "^", "-", "*", "+", "?", "{2}", "{0,3}", "{", "}",
            "|",
            "\\", "\\p{Lu}", "\\P{L}", ".", "$", ",", "1",
        ]
        for _ in 0..<500 {
            let pattern = (0..<random.next(below: 10)).map { _ in
                pieces[random.next(below: pieces.count)]
            }.joined()
            guard let expression = try? IRegexp(pattern) else { continue }
            for text in ["", "a", "aab", "éb1", "A.\n"] where expression.matches(text) {
                #expect(expression.searches(text), "\(pattern) on \(text), seed \(seed)")
            }
        }
    }
}
