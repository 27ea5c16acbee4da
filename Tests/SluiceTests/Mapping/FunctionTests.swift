import Sluice
import SluiceJSON
import Testing

/// The corners of the functions; `Docs/mapping.md` has the common cases.
struct FunctionTests {
    @Test(arguments: [
        Row("length('')", "0"),
        Row("length('e\u{301}👩‍👧')", "5"),
        Row("length([])", "0"),
        Row("length(null)", "error: `length` needs a string, an array or an object, not null"),
        Row("length(12)", "error: `length` needs a string, an array or an object, not a number"),
        Row("upper('aß\u{1FB3}\u{149}ﬁÿ\u{10428}')", "\"Aß\u{1FBC}\u{149}ﬁŸ\u{10400}\""),
        Row("lower('AİΣẞ')", #""aiσß""#),
        Row("upper(null)", "error: `upper` needs a string, not null"),
        Row("trim('\u{A0}\u{3000}\\t\\n x y \u{85}')", #""x y""#),
        Row("trim('   ')", #""""#),
        Row("trim('xxaxx', '')", #""xxaxx""#),
        Row("trim('éaé', 'é')", #""a""#),
        Row("reverse('e\u{301}')", "\"\u{301}e\""),
        Row("reverse([])", "[]"),
        Row("reverse([[1, 2], 1.0])", "[1.0,[1,2]]"),
        Row("split('', ',')", #"[""]"#),
        Row("split('', '')", "[]"),
        Row("split('abc', 'abc')", #"["",""]"#),
        Row("split('aaaa', 'aa')", #"["","",""]"#),
        Row("split('a😀b', '😀')", #"["a","b"]"#),
        Row("join([], ',')", #""""#),
        Row("join([[1, 'x'], {a: 1}], ';')", #""[1,\"x\"];{\"a\":1}""#),
        Row("join(['a', null], ',')", "error: `join`: null has no text"),
        Row("join('a', ',')", "error: `join` needs an array as its first argument, not a string"),
        Row("contains('abc', '')", "true"),
        Row("contains('e\u{301}', 'e')", "true"),
        Row("contains('é', 'e')", "false"),
        Row("contains([1, [2]], [2.0])", "true"),
        Row("contains([], null)", "false"),
        Row("contains({}, 'a')", "error: needs a string or an array as its first argument"),
        Row("hasprefix('', '')", "true"),
        Row("hasprefix('e\u{301}', 'e')", "true"),
        Row("hassuffix('a', 'ba')", "false"),
        Row("replace('abc', '', '-')", #""-a-b-c-""#),
        Row("replace('aé', '', '-', 2)", #""-a-é""#),
        Row("replace('', '', 'x')", #""x""#),
        Row("replace('aaa', 'aa', 'b')", #""ba""#),
        Row("replace('abab', 'ab', '', 0)", #""abab""#),
        Row("replace('abab', 'b', '', -5)", #""aa""#),
        Row("replace('a', 'a', 'b', 1.5)", "error: needs an integer of 64 bits, not a number"),
        Row("substr('abc', 3)", #""""#),
        Row("substr('abc', 9, 9)", #""""#),
        Row("substr('abc', -9)", #""abc""#),
        Row("substr('abc', -9223372036854775808, 1)", #""a""#),
        Row("substr('abc', 1, 9223372036854775807)", #""bc""#),
        Row("substr('abc', 0, -1)", "error: `substr`: the length is below 0"),
        Row("substr('a😀b', 1.0, 1e0)", #""😀""#),
        Row("index('a😀b', 'b')", "2"),
        Row("index('', '')", "0"),
        Row("index('aabaabaaab', 'aaab')", "6"),
    ])
    func textIsSequencesOfScalars(_ row: Row) {
        expect(row)
    }

    @Test(arguments: [
        Row("string('a')", #""a""#),
        Row("string(null)", #""null""#),
        Row("string(1 / 4)", #""0.25""#),
        Row("string({a: [1.0, 'x']})", #""{\"a\":[1.0,\"x\"]}""#),
        Row("number(1e400)", "1e400"),
        Row("number('1e400')", "1e400"),
        Row("number('-0.50')", "-0.50"),
        Row("number(' 1')", "error: `number`: the string is no JSON number"),
        Row("number('')", "error: `number`: the string is no JSON number"),
        Row("number('0x1')", "error: `number`: the string is no JSON number"),
        Row("number(true)", "error: `number` needs a number or a string, not a boolean"),
        Row("b64encode('')", #""""#),
        Row("b64encode('a')", #""YQ==""#),
        Row("b64encode('ab')", #""YWI=""#),
        Row("b64encode('abc')", #""YWJj""#),
        Row("b64decode('')", #""""#),
        Row("b64decode('YQ==')", #""a""#),
        Row("b64decode('YWI=')", #""ab""#),
        Row("b64decode('YQ')", "error: no base64"),
        Row("b64decode('YR==')", "error: no base64"),
        Row("b64decode('YWJ=')", "error: no base64"),
        Row("b64decode('====')", "error: no base64"),
        Row("b64decode('=')", "error: no base64"),
        Row("b64decode('Y===')", "error: no base64"),
        Row("b64decode('YW Jj')", "error: no base64"),
        Row("b64decode('YQ==YQ==')", "error: no base64"),
        Row("b64decode('/w==')", "error: no UTF-8"),
        Row("coalesce(null, 1 / 1)", "1"),
        Row("coalesce($.a.b, null)", "null"),
        Row("coalesce(1, 1 / 0)", "1"),
        Row("coalesce(1 / 0, 1)", "error: division by zero"),
        Row("coalesce($.a)", "error: finds nothing"),
    ])
    func conversionsAreStrict(_ row: Row) {
        expect(row)
    }

    @Test(arguments: [
        Row("first([[1]])", "[1]"),
        Row("first([])", "error: `first` finds nothing: the array is empty"),
        Row("last([1, 2.50])", "2.50"),
        Row("first('ab')", "error: `first` needs an array, not a string"),
        Row("keys({})", "[]"),
        Row("keys([])", "error: `keys` needs an object, not an array"),
        Row("values({a: {b: 1}})", #"[{"b":1}]"#),
        Row("sort([])", "[]"),
        Row("sort(['b', 'a', 'B', 'é', 'e'])", #"["B","a","b","e","é"]"#),
        Row("sort(['\u{1F600}', '\u{FFFD}'])", "[\"\u{FFFD}\",\"\u{1F600}\"]"),
        Row("sort([2, 1.0, 1e400, 1, -3, 1.00])", "[-3,1.0,1,1.00,2,1e400]"),
        Row(
            "sort([9007199254740993, 9007199254740992.5, 9007199254740992])",
            "[9007199254740992,9007199254740992.5,9007199254740993]"),
        Row("sort([1, 'a'])", "error: needs an array of numbers or one of strings"),
        Row("sort([true])", "error: needs an array of numbers or one of strings"),
        Row("unique([])", "[]"),
        Row(
            "unique([{a: 1, b: 2}, {b: 2.0, a: 1}, [1], [1.0], null, null, true, 'é', 'e\u{301}'])",
            "[{\"a\":1,\"b\":2},[1],null,true,\"é\",\"e\u{301}\"]"),
    ])
    func listsKeepWhatTheyHold(_ row: Row) {
        expect(row)
    }

    @Test(arguments: [
        Row("sum([])", "0"),
        Row("sum([9223372036854775807, 1, -1])", "9223372036854775807"),
        Row("sum(9223372036854775807, 1)", "error: the sum overflows 64 bits"),
        Row("sum(1, 0.5)", "1.5"),
        Row("sum(['a'])", "error: `sum`: numbers are needed, not a string"),
        Row("sum(1e400)", "error: beyond the range of a double"),
        Row("sum(1e308, 1e308)", "error: not a finite number"),
        Row("avg([])", "error: `avg` finds nothing: the array is empty"),
        Row("avg([]) ?? 0", "0"),
        Row("avg(1, 2)", "1.5"),
        Row("avg([9223372036854775807, 9223372036854775807])", "9223372036854775807"),
        Row("min([]) ?? 'none'", #""none""#),
        Row("min(2, 1.0, 1)", "1.0"),
        Row("max(1e400, 1)", "1e400"),
        Row("min('b', 'a', 'c')", #""a""#),
        Row("min(1, 'a')", "error: numbers or strings alone are needed, not a number and a string"),
        Row("max([null])", "error: numbers or strings are needed, not null"),
        Row("max([[1], [2]])", "error: numbers or strings are needed, not an array"),
        Row("abs(-9223372036854775808)", "error: the absolute value overflows 64 bits"),
        Row("abs(-1.5)", "1.5"),
        Row("ceil(-0.5)", "0"),
        Row("floor(1e300)", "1e300"),
        Row("round(0.49999999999999994)", "0"),
        Row("round(9223372036854775807)", "9223372036854775807"),
        Row("round('1')", "error: `round` needs a number, not a string"),
        Row("sqrt(2)", "1.4142135623730951"),
        Row("sqrt(-1)", "error: `sqrt`: the number is below 0"),
        Row("pow(0, 0)", "1"),
        Row("pow(0, 9223372036854775807)", "0"),
        Row("pow(-1, 9223372036854775807)", "-1"),
        Row("pow(-2, 63)", "-9223372036854775808"),
        Row("pow(2, 63)", "error: 2 to the 63 overflows 64 bits"),
        Row("pow(10, 9223372036854775807)", "error: overflows 64 bits"),
        Row("pow(2, 0.5)", "1.4142135623730951"),
        Row("pow(-8, 0.5)", "error: not a finite number"),
        Row("pow(0, -1)", "error: not a finite number"),
        Row("-$", "error: `-` needs a number, not null"),
        Row("0 - -9223372036854775808", "error: overflows 64 bits"),
        Row("-9223372036854775808 / -1", "error: overflows 64 bits"),
        Row("5 % 0", "error: division by zero"),
        Row("1.5 / 0.0", "error: division by zero"),
    ])
    func numbersAreExactOrRefused(_ row: Row) {
        expect(row)
    }
}

/// Checks that a row's expression gives its result, or an error that has its words.
func expect(_ row: Row) {
    let outcome = Mapping.outcome(row.expression, row.message)
    if row.result.hasPrefix("error: ") {
        #expect(
            outcome.hasPrefix("error: ") && outcome.contains(row.result.dropFirst(7)), "\(outcome)")
    } else {
        #expect(outcome == row.result)
    }
}
