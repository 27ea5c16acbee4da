import Sluice
import SluiceJSON
import Testing

/// Members and elements of any expression's value.
struct PartTests {
    @Test(arguments: [
        Row("split('a,b', ',')[1]", #""b""#),
        Row("split('a,b', ',')[-1]", #""b""#),
        Row("first($.rows).name", #"{"rows": [{"name": "Ada"}]}"#, #""Ada""#),
        Row("first($.rows)['na me']", #"{"rows": [{"na me": 1.10}]}"#, "1.10"),
        Row("first($.rows).a.b[0]", #"{"rows": [{"a": {"b": [7]}}]}"#, "7"),
        Row("($.a ?? $.b).c", #"{"b": {"c": 1}}"#, "1"),
        Row("[1, 2, 3][2]", "3"),
        Row("{a: {b: 2}}.a.b", "2"),
        Row("$.rows[*].n", #"{"rows": [{"n": 1}]}"#, "[1]"),
        Row("($.rows[*].n)[0] + 1", #"{"rows": [{"n": 1}]}"#, "2"),
        Row("-[1, 2][1] * 3", "-6"),
        Row("!{a: true}.a", "false"),
        Row("values($)[0] [1]", #"{"x": [1, 2]}"#, "2"),
        Row("[1][0] == 1 ? ['x'][0] : 'y'", #""x""#),
        Row("split('a', ',')[5] ?? 'none'", #""none""#),
        Row("'text'.a ?? 'none'", #""none""#),
        Row("(null).a ?? 1", "1"),
    ])
    func partsAreTakenOfAnyValue(_ row: Row) {
        #expect(Mapping.outcome(row.expression, row.message) == row.result)
    }

    @Test(arguments: [
        Row("split('a,b', ',')[2]", "null", "`[2]` finds nothing: `…` has 2 elements"),
        Row(
            "first($).nmae", #"[{"name": 1}]"#,
            "`.nmae` finds nothing: `…` has no member `nmae`; did you mean `name`?"),
        Row(
            "first($).a.b", #"[{"a": 1}]"#, "`.a.b` finds nothing: `….a` is a number, not an object"
        ),
    ])
    func aPartThatIsNotThereIsMissing(_ row: Row) {
        let outcome = Mapping.outcome(row.expression, row.message)
        #expect(outcome.contains(row.result), "\(outcome)")
    }

    @Test(arguments: ["[1][*]", "first($)..a", "first($)[?@.a]", "first($)[0, 1]", "first($)[0:1]"])
    func onlyNamesAndIndexesMayFollow(_ expression: String) {
        #expect(
            Mapping.outcome(expression, "[]").contains(
                "only `.name`, `['name']` and `[index]` may follow a value"))
    }

    @Test func brokenPartsAreSyntaxErrors() {
        for expression in ["[1][", "[1][x]", "[1].", "[1][0", "f(x)[0]"] {
            #expect(throws: ExpressionError.self) { try Expression(expression) }
        }
    }
}

/// `omit` leaves members and elements out.
struct OmitTests {
    @Test(arguments: [
        (#"{"a": 1, "ttl": "{{$.ttl ?? omit}}"}"#, "{}", #"{"a":1}"#),
        (#"{"a": 1, "ttl": "{{$.ttl ?? omit}}"}"#, #"{"ttl": 5}"#, #"{"a":1,"ttl":5}"#),
        (#"{"ttl": "{{$.ttl ?? omit}}"}"#, #"{"ttl": null}"#, "{}"),
        (#"["{{$.x ?? omit}}", 2, "{{omit}}"]"#, "{}", "[2]"),
        (#"{"a": {"b": ["{{$.x ?? omit}}"]}}"#, "{}", #"{"a":{"b":[]}}"#),
        (#""{{ {a: $.x ?? omit, b: 1} }}""#, "{}", #"{"b":1}"#),
        (#""{{ [1, $.x ?? omit, coalesce($.y, omit)] }}""#, "{}", "[1]"),
        (#"{"a": "{{$.n > 1 ? $.n : omit}}"}"#, #"{"n": 1}"#, "{}"),
        (#"{"a": "{{($.n > 1 ? ($.n) : (omit))}}"}"#, #"{"n": 2}"#, #"{"a":2}"#),
        (#""{{ [omit, [omit], {a: omit}] }}""#, "null", "[[],{}]"),
        (#"{"a": "{{ omit }}", "b": 1}"#, "null", #"{"b":1}"#),
    ])
    func omittedPartsAreLeftOut(_ template: String, _ message: String, _ value: String) throws {
        let compiled = try Template(JSON(parsing: template))
        let message = try JSON(parsing: message)
        #expect(try compiled.evaluate(message, Mapping.context).text == value)
    }

    @Test(arguments: [
        #""{{omit}}""#, #""{{$.a ?? omit}}""#, #"{"a": "x{{omit}}"}"#, #"{"a": "{{omit}}x"}"#,
        #"{"a": "{{omit + 1}}"}"#, #"{"a": "{{upper(omit)}}"}"#, #"{"a": "{{omit == 1}}"}"#,
        #"{"a": "{{omit ? 1 : 2}}"}"#, #"{"a": "{{[1, 2 + omit]}}"}"#, #"{"a": "{{-omit}}"}"#,
        #"{"a": "{{(omit).b}}"}"#, #"{"a": "{{omit && true}}"}"#,
    ])
    func elsewhereItIsBroken(_ template: String) throws {
        let json = try JSON(parsing: template)
        do {
            _ = try Template(json)
            Issue.record("it compiled")
        } catch {
            #expect(error.description.contains("no member or element to leave out"), "\(error)")
        }
    }

    @Test func inAConditionItIsBroken() {
        #expect(throws: ExpressionError.self) { try Expression("omit") }
        #expect(throws: ExpressionError.self) { try Expression("$.a ?? omit") }
        #expect(throws: Never.self) { try Expression("[$.a ?? omit] == []") }
    }
}

/// `match` and `search`.
struct PatternFunctionTests {
    @Test(arguments: [
        Row("match('abc', 'a.c')", "true"), Row("match('abcd', 'a.c')", "false"),
        Row("search('xabcd', 'a.c')", "true"), Row("search('x', '[0-9]+')", "false"),
        Row("match($.s, $.p)", #"{"s": "aé1", "p": "a\\p{L}[0-9]"}"#, "true"),
        Row("search($, 'a' + 'b')", #""cab""#, "true"),
        Row("match('', '')", "true"),
    ])
    func stringsAreMatched(_ row: Row) {
        #expect(Mapping.outcome(row.expression, row.message) == row.result)
    }

    @Test func aBrokenPatternIsToldWhenItIsKnown() throws {
        do {
            _ = try Expression("match($.s, '[a')")
            Issue.record("it compiled")
        } catch {
            #expect(error.message.contains("no I-Regexp"))
            #expect(error.offset == 11)
        }
        let computed = Mapping.outcome("match('a', $)", #""[a""#)
        #expect(computed.contains("no I-Regexp"))
        #expect(Mapping.outcome("match(1, 'a')", "null").contains("needs a string"))
        #expect(Mapping.outcome("search('a', $)", "1").contains("needs a string"))
    }
}
