import Sluice
import SluiceJSON

/// Mapping expressions and templates: a line with one, then the message it is evaluated on.
enum ExpressionTarget: FuzzTarget {
    static let name = "expression"

    private static let message = #"{"a":1,"b":"text","list":[3,1,2],"o":{"c":null,"d":-2.5}}"#

    static func seeds() throws -> [[UInt8]] {
        let texts = [
            "$.a", "$.a + 1 * 2 - 3 / 4 % 5", "$.b == \"text\" && !($.a > 2) || false",
            "1e308 * 10", "-9223372036854775808 - 1", "9223372036854775807 + 1", "1 % 0", "1 / 0",
            "$.list[?@ > 1]", "{{$.a}}", "Hello {{$.b}} and {{$.list}}", "{{ }}", "{{$.x}}",
            "coalesce($.x, 1)", "$.a == 1 ? \"one\" : \"more\"", "[1, $.a, {\"k\": $.b}]",
            "sum($.list) + avg(1, 2) - min(3) * max($.list)", "abs(-1) + ceil(1.5) + floor($.a)",
            "round(-2.5) == sqrt(16) || pow(2, 64) < pow(0, -1)", "sort($.list)",
            "unique([1, 1.0, \"1\"])", "first($.list)", "last([])", "keys($)", "values($.o)",
            "length($.b)", "upper($.b)", "lower(\"ÀÉ\")", "trim($.b, \"t\")", "reverse($.b)",
            "join(split($.b, \"e\"), \",\")", "contains($.b, \"ex\")", "hasprefix($.b, \"t\")",
            "hassuffix($.b, \"t\")", "replace($.b, \"t\", \"T\", 1)", "substr($.b, 1, -1)",
            "index($.b, \"x\")", "string($)", "number(\"1e5\")", "b64decode(b64encode($.b))",
            "uuid()", "id()", "lineage()", "now()", "formattime(0, \"%F %T\")",
            "parsetime(\"2024-02-30T00:00:00Z\")", "formattime(-62135596800000)",
            "parsetime(\"1999\", \"%Y\")", "duration(\"1h30m\")", "((((1))))", "\"a\\u0041\"",
            "'a'", "a", "$", "$..*", "1 +", "foo(", "1 < 2 < 3", "-(-1)", "!true",
        ]
        return texts.map { Array(($0 + "\n" + message).utf8) }
    }

    static func run(_ input: [UInt8]) {
        let (text, rest) = InputCut.line(input)
        guard text.utf8.count < 300, rest.count < 500 else { return }
        let message = (try? JSON(parsing: rest)) ?? JSON.null
        let context = EvaluationContext(now: { 1_700_000_000_000 }, random: { 7 })
        do throws(ExpressionError) {
            let expression = try Expression(text)
            check(try? expression.evaluate(message, context))
            _ = try? expression.holds(message, context)
        } catch {
            require(
                (0...text.utf8.count).contains(error.offset)
                    && error.offset + error.length <= text.utf8.count,
                "an error lies at \(error.offset)")
        }
        guard let template = try? Template(text) else { return }
        check(try? template.evaluate(message, context))
    }

    private static func check(_ result: JSON?) {
        guard let result else { return }
        require((try? JSON(parsing: result.text)) == result, "a result is no JSON")
    }
}
