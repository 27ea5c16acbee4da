import Sluice
import SluiceComponents
import Testing

/// Expressions that fail for every message.
@Suite struct ConstantExpressions {
    private static func filter(_ when: String) -> [String] {
        CheckSeesThrough.codes(
            #""f": {"component": "filter", "settings": {"when": "\#(when)"}}"#,
            inputs: #""in": "f.in""#, outputs: #""out": "f.out""#)
    }

    @Test(arguments: [
        "1 + 'x' == 2", "$.a + 'x' == 1 + true", "!1", "1 / 0 == 1", "number('x') == 1 && $.a == 1",
        "$.a > 1 + true ? true : false", "1",
    ])
    func ofAConditionAreErrors(when: String) {
        #expect(Self.filter(when) == ["E019"])
        let router = CheckSeesThrough.codes(
            #""r": {"component": "router", "settings": {"routes": [{"name": "x", "when": "\#(when)"}]}}"#,
            inputs: #""in": "r.in""#, outputs: #""x": "r.x", "y": "r.default""#)
        #expect(router == ["E019"])
    }

    @Test(arguments: [
        "$.a == 1 && 1 + 'x' == 2", "$.a ? 1 + 'x' == 2 : true",
    ])
    func ofAPartThatMayBeLeftOutAreWarnings(when: String) {
        #expect(Self.filter(when) == ["W123"])
    }

    @Test(arguments: ["{{1 / 0}}", "{{number('x')}}", "{{9223372036854775807 + 1}}"])
    func ofAMapAreErrors(map: String) {
        let found = CheckSeesThrough.codes(
            #""t": {"component": "transform", "settings": {"map": "\#(map)"}}"#,
            inputs: #""in": "t.in""#, outputs: #""out": "t.out""#)
        #expect(found == ["E019"])
    }

    @Test(arguments: [
        ("$.a + 'x' == 1 + true", ["E020"]), ("1 / 0 == $.a", ["E020"]), ("!1", ["E020"]),
        ("1 < 'a'", []), ("$.a == 1 && $.b", []),
    ])
    func ofAQuery(text: String, expected: [String]) {
        let map = #"{"collection": "c", "where": "\#(text)"}"#
        #expect(CheckSeesThrough.transform(map, to: "find") == expected)
    }
}
