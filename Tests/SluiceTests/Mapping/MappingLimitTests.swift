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
            "{{replace($, 'a', $)}}", "{{replace($, '', $)}}",
            "{{join([\(terms.joined(separator: ","))], '')}}",
            "{{\(terms.joined(separator: " + "))}}", terms.map { "{{\($0)}}" }.joined(),
        ]
        for text in templates {
            let template = try Template(text)
            do {
                _ = try template.evaluate(wide, Mapping.context)
                Issue.record("\(text.prefix(40)) gave a value")
            } catch {
                #expect(error.message.contains("longer than 256 MiB"), "\(error.message)")
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
}
