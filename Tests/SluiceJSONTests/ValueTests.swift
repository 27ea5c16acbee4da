import SluiceJSON
import Testing

@Suite struct ValueTests {
    private let sample = #"{"b":1.10,"a":[1e400,"\u00e9",{}],"b":null,"":true}"#

    @Test func textIsKeptAsItCame() throws {
        let json = try JSON(parsing: sample)
        #expect(json.text == sample)
        #expect("\(json)" == sample)
        #expect(json["a"]?.text == #"[1e400,"\u00e9",{}]"#)
        #expect(json["a"]?[0]?.number?.text == "1e400")
    }

    @Test func blanksBetweenTokensAreLeftOut() throws {
        let json = try JSON(
            parsing: "\t{ \"a b\" : [ 1 ,\r\n { } , [ ] , \" \\\" \" ] , \"c\" : null }\n")
        let compact = #"{"a b":[1,{},[]," \" "],"c":null}"#
        #expect(json.text == compact)
        #expect(json.textByteCount == compact.utf8.count)
        #expect(json["a b"]?.text == #"[1,{},[]," \" "]"#)
        #expect(json["a b"]?.textByteCount == 16)
        var bytes = Array("x=".utf8)
        json.write(to: &bytes)
        #expect(bytes == Array(("x=" + compact).utf8))
        #expect(json.isIdentical(to: try JSON(parsing: compact)))
    }

    @Test func kindsAnswerOnlyForThemselves() {
        let values: [JSON] = [.null, true, 1, "s", [1], ["a": 1]]
        #expect(values.map(\.kind) == [.null, .bool, .number, .string, .array, .object])
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.int) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.double) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map { $0.number?.text } == [nil, nil, "1", nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, "s", nil, nil])
        #expect(values.map(\.count) == [0, 0, 0, 0, 1, 1])
        #expect(values.map(\.depth) == [0, 0, 0, 0, 1, 1])
        #expect(values.map { $0.elements.map(\.self).count } == [0, 0, 0, 0, 1, 0])
        #expect(values.map { $0.members.map(\.name) } == [[], [], [], [], [], ["a"]])
        #expect(values.map { $0["a"]?.int } == [nil, nil, nil, nil, nil, 1])
        #expect(values.map { $0[0]?.int } == [nil, nil, nil, nil, 1, nil])
    }

    @Test func lastOfRepeatedNamesIsFoundAndAllAreKept() throws {
        let json = try JSON(parsing: sample)
        #expect(json.count == 4)
        #expect(json["b"]?.isNull == true)
        #expect(json[""]?.bool == true)
        #expect(json["x"] == nil)
        #expect(json.members.map(\.name) == ["b", "a", "b", ""])
        #expect(
            json.members.map(\.value.text) == ["1.10", #"[1e400,"\u00e9",{}]"#, "null", "true"])
    }

    @Test(arguments: [-1, 3, Int.max, Int.min]) func indicesOutOfRangeGiveNil(index: Int) throws {
        #expect(try JSON(parsing: "[1,[2],3]")[index] == nil)
        #expect(try JSON(parsing: "[1,[],3]")[index] == nil)
    }

    @Test(arguments: ["[0,1,2]", "[0,[],{}]", "[[0],{\"a\":[]},2]", "[0,1,[[[]]]]"])
    func elementsAreFoundByIndex(text: String) throws {
        let json = try JSON(parsing: text)
        #expect((0..<3).map { json[$0]?.text } == json.elements.map(\.text))
    }

    @Test func subtreesShareTheDocument() throws {
        let inner: JSON? = try {
            let json = try JSON(parsing: #" {"x":[{"y":[1,{"z":"é"}]}]}"#)
            return json["x"]?[0]?["y"]
        }()
        let value = try #require(inner)
        #expect(value.text == #"[1,{"z":"é"}]"#)
        #expect(value.depth == 2)
        #expect(value.count == 2)
        #expect(value[1]?["z"]?.string == "é")
        #expect(value.sourceRange == 12..<26)
        #expect(value[1]?.members.first { _ in true }?.nameSourceRange == 16..<19)
        #expect(value == [1, ["z": "é"]])
    }

    @Test func namesAreComparedByScalarsAndDecoded() throws {
        let json = try JSON(parsing: #"{"\u00e9":1,"e\u0301":2,"\/\ud83d\ude00":3}"#)
        #expect(json["\u{E9}"]?.int == 1)
        #expect(json["e\u{301}"]?.int == 2)
        #expect(json["/😀"]?.int == 3)
        #expect(json["/😀x"] == nil)
        let members = Array(json.members)
        #expect(members[0].isNamed("\u{E9}"))
        #expect(!members[0].isNamed("e\u{301}"))
        #expect(members[2].name == "/😀")
    }

    @Test(arguments: [
        ("", #""""#), ("a\"b\\c/", #""a\"b\\c/""#), ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
        ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""), ("é😀\u{2028}", "\"é😀\u{2028}\""),
        ("plain text of some length", #""plain text of some length""#),
        ("plain text of some length\n", #""plain text of some length\n""#),
    ])
    func stringsAreEscapedAsLittleAsNeeded(string: String, text: String) throws {
        let json = JSON(string)
        #expect(json.text == text)
        #expect(json.string == string)
        let parsed = try JSON(parsing: text)
        #expect(parsed == json)
        #expect(parsed.string == string)
        var builder = JSONBuilder()
        builder.append(string)
        #expect(try builder.finish().isIdentical(to: json))
    }

    @Test func literalsMakeValues() throws {
        let json: JSON = ["a": [1, -2.5, .null, true, "x"], "b": [:], "c": []]
        #expect(json.text == #"{"a":[1,-2.5,null,true,"x"],"b":{},"c":[]}"#)
        #expect(JSON.null.text == "null")
        #expect(JSON.true.text == "true")
        #expect(JSON(false).text == "false")
        #expect(JSON.emptyArray.depth == 1)
        #expect(JSON.emptyObject.text == "{}")
        #expect(try JSON(array: [1, "a"]).text == #"[1,"a"]"#)
        #expect(try JSON(object: [("a", 1), ("a", 2)]).text == #"{"a":1,"a":2}"#)
    }

    @Test func literalsHaveNoLimitOfDepth() throws {
        var text = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        let deep = try JSON(parsing: text)
        let deeper: JSON = ["a": [deep]]
        #expect(deeper.depth == 514)
        text = "{\"a\":[" + text + "]}"
        #expect(deeper.text == text)
        let error = #expect(throws: JSONError.self) { try JSON(array: [deep]) }
        #expect(error?.code == .tooDeep)
    }

    @Test(arguments: [
        ("1", "1"), ("[]", "[]"), ("{ }", "{}"), ("[1,[],{}]", "[\n  1,\n  [],\n  {}\n]"),
        (
            #"{"a":{"b":[1,2]},"c":"{,}"}"#,
            "{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ]\n  },\n  \"c\": \"{,}\"\n}"
        ),
        ("[[[1]]]", "[\n  [\n    [\n      1\n    ]\n  ]\n]"),
    ])
    func prettyTextHasALineForEachItem(text: String, pretty: String) throws {
        let json = try JSON(parsing: text)
        #expect(json.pretty() == pretty)
        #expect(try JSON(parsing: pretty).isIdentical(to: json))
        #expect(json.pretty(indent: 0).split(separator: "\n").allSatisfy { !$0.hasPrefix(" ") })
        #expect(json.pretty(indent: -1) == json.pretty(indent: 0))
    }
}
