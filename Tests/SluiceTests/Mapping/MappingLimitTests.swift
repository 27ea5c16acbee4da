import Sluice
import SluiceJSON
import Testing

struct MappingLimitTests {
    /// An expression of `levels` levels, each of which passes through every kind of operator.
    private static func deep(_ levels: Int) -> String {
        let head = String(repeating: "-(", count: levels)
        let tail = ") * 1 + 1 < 1 == true && true || true ?? 1 ? 1 : 2"
        return head + "1" + String(repeating: tail, count: levels)
    }

    @Test(arguments: ["(", "[", "{a:", "!", "-", "abs(", "true ? ", "- ("])
    func nestingIsBounded(_ opening: String) {
        let text = String(repeating: opening, count: 9_000)
        do {
            _ = try Expression(text)
            Issue.record("it compiled")
        } catch {
            #expect(error.message == "the expression is nested deeper than 128 levels")
        }
    }

    @Test func theDeepestExpressionIsEvaluated() throws {
        // Each level of `deep` counts two: the unary minus and the parenthesis.
        let expression = try Expression(Self.deep(63))
        #expect(try expression.evaluate(.null, Mapping.context) == 1)
        let parentheses =
            String(repeating: "(", count: 127) + "7" + String(repeating: ")", count: 127)
        #expect(try Expression(parentheses).evaluate(.null, Mapping.context) == 7)
        #expect(throws: ExpressionError.self) { try Expression("(\(parentheses))") }
    }

    @Test(arguments: ["+", "*", "-", "&&", "||", "??", "? 1 :", "== 1 ? 2 :"])
    func longChainsAreNotDeep(_ symbol: String) throws {
        let operand = symbol == "&&" ? "true" : symbol == "||" || symbol == "? 1 :" ? "false" : "1"
        let count = 65_000 / (symbol.utf8.count + operand.utf8.count + 2)
        let text = Array(repeating: operand, count: count).joined(separator: " \(symbol) ")
        _ = try Expression(text).evaluate(.null, Mapping.context)
    }

    @Test func expressionsOverTheLimitAreRefused() throws {
        let longest = "'" + String(repeating: "a", count: 65_534) + "'"
        #expect(try Expression(longest).evaluate(.null, Mapping.context).string?.count == 65_534)
        #expect(throws: ExpressionError.self) { try Expression(longest + " ") }
        #expect(throws: Never.self) { try Template("{{\(longest)}}") }
        #expect(throws: TemplateError.self) { try Template("{{\(longest) }}") }
    }

    @Test func textsOverTheLimitAreRefusedBeforeTheyAreMade() throws {
        let wide = JSON(String(repeating: "a", count: 1_000_000))
        let terms = Array(repeating: "$", count: 300)
        let templates = [
            "{{\(terms.joined(separator: " + "))}}", terms.map { "{{\($0)}}" }.joined(),
        ]
        let calls = [
            "{{replace($, 'a', $)}}", "{{replace($, '', $)}}",
            "{{join([\(terms.prefix(200).joined(separator: ","))], '')}}",
            "{{upper(\(terms.prefix(20).joined(separator: " + ")))}}",
            "{{split(\(terms.prefix(6).joined(separator: " + ")), '')}}",
            "{{string([\(terms.prefix(20).joined(separator: ","))])}}",
            "{{b64encode(\(terms.prefix(15).joined(separator: " + ")))}}",
            "{{values({a: \(terms.prefix(20).joined(separator: " + "))})}}",
        ]
        for text in calls {
            let template = try Template(text)
            do {
                _ = try template.evaluate(wide, Mapping.context)
                Issue.record("\(text.prefix(40)) gave a value")
            } catch {
                #expect(error.message.contains("longer than 16 MiB"), "\(error.message)")
                #expect(error.code == "expression_limit")
            }
        }
        for text in templates {
            let template = try Template(text)
            do {
                _ = try template.evaluate(wide, Mapping.context)
                Issue.record("\(text.prefix(40)) gave a value")
            } catch {
                #expect(error.message.contains("longer than 256 MiB"), "\(error.message)")
                #expect(error.code == "expression_limit")
            }
        }
    }

    @Test func searchingIsLinear() throws {
        let text = JSON(String(repeating: "a", count: 400_000))
        let expression = try Expression("index($, substr($, 0, 200000) + 'b')")
        #expect(try expression.evaluate(text, Mapping.context) == -1)
    }

    @Test func deepTemplatesAreCompiled() throws {
        let text =
            String(repeating: "[", count: 480) + #""{{$}}""# + String(repeating: "]", count: 480)
        let template = try Template(JSON(parsing: text))
        #expect(try template.evaluate(1, Mapping.context).depth == 480)
        #expect(throws: EvaluationError.self) { try template.evaluate([], Mapping.context) }
    }

    @Test(arguments: [#""{{$}}""#, "1"]) func deeperTemplatesAreRefused(leaf: String) throws {
        let text =
            String(repeating: "[", count: 481) + leaf + String(repeating: "]", count: 481)
        let template = try JSON(parsing: text)
        #expect(throws: TemplateError.self) { try Template(template) }
    }

    /// A document of few bytes in which values nest.
    private static func nested(_ levels: Int) throws -> JSON {
        try JSON(
            parsing: String(repeating: "[0,", count: levels) + "0"
                + String(repeating: "]", count: levels))
    }

    @Test func theWorkOfAPathIsBounded() throws {
        let message = try Self.nested(200)
        let compiled = try Expression("length($..*..*..*..*)")
        do {
            _ = try compiled.evaluate(message, Mapping.context)
            Issue.record("it gave a value")
        } catch {
            #expect(error.code == "expression_limit")
            #expect(error.message == "the path selects more than 1000000 values")
        }
    }

    @Test(arguments: [
        "length($.deep..*..*..*)", "first($['long', 'long', 'long', 'long', 'long'])",
    ])
    func whatAPathSelectsIsBoundedWithAllThatIsInIt(_ text: String) throws {
        let long = JSON(String(repeating: "a", count: 4_000_000))
        let message = try JSON(object: [("deep", Self.nested(100)), ("long", long)])
        let compiled = try Expression(text)
        do {
            _ = try compiled.evaluate(message, Mapping.context)
            Issue.record("it gave a value")
        } catch {
            #expect(error.code == "expression_limit")
            #expect(error.message.hasPrefix("what the path selects holds more than 1000000 values"))
        }
    }

    @Test func nestedValuesMayBeSelectedBesideEachOther() throws {
        let message = try Self.nested(100)
        let expression = try Expression("length($..*..*)")
        #expect(try expression.evaluate(message, Mapping.context) == 9_900)
    }

    @Test func aMessageThatIsLargerThanTheBoundsIsSelectedOnce() throws {
        let long = JSON(String(repeating: "a", count: 9_000_000))
        let message = try JSON(array: [long, long])
        #expect(try Expression("length($[*])").evaluate(message, Mapping.context) == 2)
    }

    /// Texts of six million bytes, which an expression takes about 200,000 steps to select and count.
    private static func wide() throws -> JSON {
        try JSON(array: Array(repeating: JSON(String(repeating: "a", count: 2_000_000)), count: 3))
    }

    @Test func theWorkOfManyPartsIsBounded() throws {
        let parts = Array(repeating: "length($[*])", count: 120).joined(separator: ",")
        let compiled = try Expression("[\(parts)]")
        let message = try Self.wide()
        do {
            _ = try compiled.evaluate(message, Mapping.context)
            Issue.record("it gave a value")
        } catch {
            #expect(error.code == "expression_limit")
            #expect(error.message == "the expression takes more than 10000000 steps")
        }
    }

    @Test func everyExpressionOfATemplateHasItsOwnSteps() throws {
        let template = try JSON(array: (0..<120).map { _ in "{{length($[*])}}" as JSON })
        let message = try Self.wide()
        #expect(throws: Never.self) { try Template(template).evaluate(message, Mapping.context) }
    }

    @Test func largeMessagesAreWithinTheLimits() throws {
        let rows = try (0..<20_000).map {
            try JSON(object: [("id", JSON($0)), ("s", "some text")])
        }
        let message = try JSON(object: [("rows", JSON(array: rows))])
        for expression in [
            "length($.rows)", "length($.rows[*].id)", "sum($.rows[*].id)", "$.rows[19999].id",
            "length($.rows[?@.id > 100])", "length(sort($.rows[*].id))", "first($.rows).id",
            "length(unique($.rows[*].id))",
        ] {
            #expect(throws: Never.self, "\(expression)") {
                try Expression(expression).evaluate(message, Mapping.context)
            }
        }
    }

    /// A message of 32 MiB in a template that repeats it.
    @Test(arguments: [
        #"{"a": "{{$}}", "b": "{{$}}", "c": ["{{$}}", "{{$}}"], "d": ["{{$}}", "{{$}}", "{{$}}", "{{$}}"]}"#,
        #""{{[$, $, $, $, $, $, $, $]}}""#, #"{"a": "{{ {b: [$, $, $, $, $, $, $, $]} }}"}"#,
    ])
    func aValueThatTakesTooMuchMemoryIsRefused(_ template: String) throws {
        let message = JSON(String(repeating: "x", count: 32 << 20))
        let compiled = try Template(JSON(parsing: template))
        do {
            _ = try compiled.evaluate(message, Mapping.context)
            Issue.record("it has a value")
        } catch {
            #expect(error.code == "expression_limit")
            #expect(error.message == "the value takes more than 268435456 bytes")
        }
        #expect(try compiled.evaluate(1, Mapping.context).depth > 0)
    }
}
