import SluiceJSON
import SluiceSystem
import Testing

@Suite struct PathTests {
    @Test(arguments: [
        ("", 0, "expected '$'"),
        ("a", 0, "expected '$'"),
        ("$.", 2, "expected a name or '*' after '.'"),
        ("$.a ", 3, "expected '.', '[' or the end of the path"),
        ("$['é", 2, "the string has no end"),
        ("$[01]", 2, "an integer may not begin with a needless 0 or be -0"),
        ("$[9007199254740992]", 2, "an integer beyond 2^53 - 1"),
        ("$[99999999999999999999999999999999]", 2, "an integer beyond 2^53 - 1"),
        ("$[?@.a[*] == 1]", 3, "expected a query for one value, of names and indices"),
        ("$[?nope(@)]", 3, "no such function: nope"),
        ("$[?@.é && 'x']", 11, "a literal has to be compared"),
        ("$[?length(@)]", 3, "the result of this function has to be compared"),
        ("$[0", 3, "expected ',' or ']'"),
    ])
    func errorsSayWhatAndWhere(text: String, offset: Int, message: String) {
        #expect(throws: JSONPathError(message: message, offset: offset)) { try JSONPath(text) }
    }

    @Test(arguments: [
        ("{{$.a - 1}}", 2, "$.a"),
        ("$.a-1", 0, "$.a"),
        ("$.a ? 1 : 2", 0, "$.a"),
        ("$.a ?? 0", 0, "$.a"),
        ("$ == 1", 0, "$"),
        ("($['a'] [0] .b)", 1, "$['a'] [0] .b"),
        ("[$..a[?@.b == ')'], 1]", 1, "$..a[?@.b == ')']"),
    ])
    func prefixEndsWhereThePathEnds(text: String, offset: Int, path: String) throws {
        let (found, end) = try JSONPath.parsePrefix(of: Array(text.utf8), at: offset)
        #expect(found.description == path)
        #expect(end == offset + path.utf8.count)
        #expect(try found == JSONPath(path))
    }

    @Test func prefixErrorsCountFromTheFirstByte() {
        let text = Array("{{$.a.}}".utf8)
        let error = JSONPathError(message: "expected a name or '*' after '.'", offset: 6)
        #expect(throws: error) { try JSONPath.parsePrefix(of: text, at: 2) }
        #expect(throws: JSONPathError.self) { try JSONPath.parsePrefix(of: text, at: 99) }
        #expect(throws: JSONPathError.self) { try JSONPath.parsePrefix(of: text, at: -1) }
        #expect(throws: JSONPathError.self) {
            try JSONPath.parsePrefix(of: Array("$.".utf8) + [0xC3], at: 0)
        }
    }

    @Test func singularPathsGiveTheirSteps() throws {
        let path = try JSONPath(#"$.a["b\u00e9"][-1]"#)
        #expect(path.isSingular)
        #expect(path.singularSteps == [.name("a"), .name("bé"), .index(-1)])
        #expect(try JSONPath("$.a.*").singularSteps == nil)
        #expect(try JSONPath("$..a").isSingular == false)
        #expect(JSONPath.root.singularSteps == [])
        #expect(JSONPath.root.description == "$")
    }

    @Test func stepsAreComparedByScalars() throws {
        let composed = try JSONPath("$.\u{E9}")
        let decomposed = try JSONPath("$.e\u{301}")
        #expect(composed != decomposed)
        #expect(composed.singularSteps != decomposed.singularSteps)
        #expect(composed.first(in: ["e\u{301}": 1]) == nil)
        #expect(decomposed.first(in: ["e\u{301}": 1]) == 1)
    }

    @Test func pathsStartAtTheGivenSubtree() throws {
        let document = try JSON(parsing: #"{"x":{"items":[{"id":1},{"id":2}],"max":1}}"#)
        let subtree = try #require(document["x"])
        let path = try JSONPath("$.items[?@.id > $.max]")
        #expect(path.values(in: subtree) == [["id": 2]])
        #expect(path.nodes(in: subtree).map(\.path) == ["$['items'][1]"])
        #expect(path.values(in: document).isEmpty)
    }

    @Test func ofRepeatedNamesTheLastIsSelected() throws {
        let document = try JSON(parsing: #"{"a":1,"b":0,"a":2}"#)
        #expect(try JSONPath("$.a").values(in: document) == [2])
        #expect(try JSONPath("$..a").values(in: document) == [2])
        #expect(try JSONPath("$.*").values(in: document) == [1, 0, 2])
    }

    @Test func filtersCompareNumbersExactly() throws {
        let document = try JSON(parsing: "[9007199254740993,9007199254740992.0,1e400,10e399]")
        let large = try JSONPath("$[?@ > 9007199254740992]")
        #expect(large.values(in: document).map(\.text) == ["9007199254740993", "1e400", "10e399"])
        #expect(try JSONPath("$[?@ == 1e400]").values(in: document).count == 2)
        #expect(try JSONPath("$[?length(@) < 3.5]").values(in: ["abc", "abcd"]) == ["abc"])
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            "$[?" + String(repeating: "(", count: depth) + "@.a"
                + String(repeating: ")", count: depth) + "]"
        }
        let path = try JSONPath(nested(JSONPath.maximumNesting - 2))
        #expect(path.values(in: [["a": 1]]).count == 1)
        #expect(throws: JSONPathError.self) { try JSONPath(nested(JSONPath.maximumNesting)) }
        #expect(throws: JSONPathError.self) { try JSONPath(nested(1_000_000)) }
        #expect(throws: JSONPathError.self) {
            try JSONPath(String(repeating: "$[?@", count: 100_000))
        }
    }

    @Test func deepDocumentsAreSearchedWithoutRecursion() throws {
        let depth = 512
        let text =
            String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        let document = try JSON(parsing: text)
        #expect(try JSONPath("$..a").values(in: document).count == depth)
        #expect(try JSONPath("$..a").nodes(in: document).last?.path.utf8.count == 1 + 5 * depth)
        #expect(try JSONPath("$..[?@ == 1]").values(in: document) == [1])
    }

    @Test func absoluteQueriesAreAskedOnceForAllValues() throws {
        let count = 20_000
        let document = try JSON(array: (0..<count).map { JSON($0) })
        #expect(try JSONPath("$[?count($..*) == \(count)]").values(in: document).count == count)
    }

    @Test func normalizedPathsEscapeWhatTheRFCSays() throws {
        let document = try JSON(parsing: #"{"'\\\n\u0001\"é":[[],[7]]}"#)
        let nodes = try JSONPath("$..[?@ == 7]").nodes(in: document)
        #expect(nodes.map(\.path) == [#"$['\'\\\n\u0001"é'][1][0]"#])
    }

    @Test func aPatternThatIsNoneMatchesNothing() throws {
        #expect(try JSONPath("$[?match(@, '(')]").values(in: ["("]).isEmpty)
        #expect(try JSONPath("$[?!match(@, '(')]").values(in: ["("]).count == 1)
    }

    @Test(arguments: [UInt64](1...20)) func randomTextsNeverTrap(seed: UInt64) {
        var random = SplitMix(seed)
        let pieces = [
            "$", "@", ".", "..", "[", "]", "*", "?", "(", ")", "'a'", "\"", "\\u", "D83D", "0",
            "-1",
            ":", ",", "&&", "||", "!", "==", "<", "length(", "match(", "a", "é", " ", "1e5", "true",
        ]
        let document: JSON = ["a": [1, ["a": "x"]], "é": .null]
        for _ in 0..<500 {
            let text =
                "$"
                + (0..<random.next(below: 12)).map { _ in
                    pieces[random.next(below: pieces.count)]
                }.joined()
            if let path = try? JSONPath(text) { _ = path.nodes(in: document) }
            _ = try? JSONPath.parsePrefix(of: Array(text.utf8), at: 0)
        }
    }
}
