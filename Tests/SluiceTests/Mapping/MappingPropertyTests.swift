import Sluice
import SluiceJSON
import SluiceSystem
import Testing

struct MappingPropertyTests {
    private static let messages: [JSON] = [
        .null, true, -7, "a{{b}}é", [], [:], [1, "x", .null],
        ["a": 1, "b": ["c": [1, 2, 3]], "s": "text"],
    ]

    private static let tokens =
        [
            "$", "$.a", "$.b.c", "$.b.c[0]", "$.s", "$['a']", "1", "-1", "0", "2.5",
            "9223372036854775807", "1e400", "'x'", "\"y\"", "true", "false", "null", "+", "-", "*",
            "/",
            "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", "??", "(", ")", "[",
            "]",
            "{", "}", ",", "a:", " ", "é", "'", "\\", "{{", "}}", ".", "@", "\u{0}",
        ] + Functions.all.map { "\($0.name)(" }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func anyTextIsAnExpressionOrAnError(_ seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<400 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            Self.exercise(String(decoding: bytes, as: UTF8.self))
            let count = Int.random(in: 1...14, using: &generator)
            let words = (0..<count).map { _ in Self.tokens.randomElement(using: &generator) ?? "" }
            Self.exercise(words.joined())
        }
    }

    /// Compiles and evaluates `text` in every form; what comes out must be whole.
    private static func exercise(_ text: String) {
        let expression = try? Expression(text)
        let template = try? Template("x\(text)y")
        do {
            _ = try Template("{{\(text)}}")
        } catch {
            for problem in error.problems {
                let end = problem.offset + problem.length
                #expect(problem.offset >= 0 && end <= text.utf8.count + 4, "\(text)")
            }
        }
        for message in messages {
            _ = try? template?.evaluate(message, Mapping.context)
            _ = try? expression?.holds(message, Mapping.context)
            if let value = try? expression?.evaluate(message, Mapping.context) {
                #expect(throws: Never.self, "\(text)") { try JSON(parsing: value.text) }
            }
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func integersAreExactOrOverflow(_ seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let edges = [0, 1, -1, 2, -2, 10, .max, .min, .max - 1, .min + 1, 1 << 32, 3_037_000_500]
        for _ in 0..<200 {
            let pair = (0..<2).map { _ in
                Bool.random(using: &generator)
                    ? edges.randomElement(using: &generator) ?? 0
                    : Int.random(in: .min ... .max, using: &generator)
            }
            let (left, right) = (pair[0], pair[1])
            let exact: [(String, Int128)] = [
                ("+", Int128(left) + Int128(right)), ("-", Int128(left) - Int128(right)),
                ("*", Int128(left) * Int128(right)),
            ]
            for (symbol, result) in exact {
                let outcome = Mapping.outcome("\(left) \(symbol) \(right)", "null")
                let text = Int(exactly: result).map(String.init)
                #expect(text.map { $0 == outcome } ?? outcome.contains("overflows"), "\(seed)")
            }
            guard right != 0, right != -1 else { continue }
            let whole = "(\(left) - \(left) % \(right)) / \(right) * \(right) + \(left) % \(right)"
            let outcome = Mapping.outcome(whole, "null")
            #expect(outcome == "\(left)" || outcome.contains("overflows"), "\(seed): \(whole)")
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func splittingJoiningAndReplacingAgree(_ seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let laws = try [
            "join(split($.s, $.a), $.a) == $.s",
            "replace($.s, $.a, $.b) == join(split($.s, $.a), $.b) || $.a == ''",
            "contains($.s, $.a) == (index($.s, $.a) >= 0)",
            "contains($.s, $.a) == (length(split($.s, $.a)) > 1) || $.a == ''",
            "index($.s, $.a) < 0 || hasprefix(substr($.s, index($.s, $.a)), $.a)",
            "substr($.s, 0, 3) + substr($.s, 3) == $.s",
            "reverse(reverse($.s)) == $.s && length(reverse($.s)) == length($.s)",
            "hassuffix($.s, $.a) == hasprefix(reverse($.s), reverse($.a))",
            "b64decode(b64encode($.s)) == $.s",
            "join(sort(split($.s, '')), '') == reverse(join(reverse(sort(split($.s, ''))), ''))",
            "($.s < $.b) == ($.b > $.s) && ($.s <= $.b) == !($.s > $.b)",
            "lower(upper(lower($.s))) == lower($.s) && length(upper($.s)) == length($.s)",
        ].map { try Expression($0) }
        func text(_ longest: Int) -> JSON {
            let letters = ["a", "b", "ab", "é", "e\u{301}", "😀", "A"]
            let count = Int.random(in: 0...longest, using: &generator)
            let parts = (0..<count).map { _ in letters.randomElement(using: &generator) ?? "" }
            return JSON(parts.joined())
        }
        for _ in 0..<100 {
            let message = try JSON(object: [("s", text(12)), ("a", text(2)), ("b", text(3))])
            for law in laws {
                #expect(
                    try law.holds(message, Mapping.context), "seed \(seed): \(law) of \(message)")
            }
        }
    }
}
