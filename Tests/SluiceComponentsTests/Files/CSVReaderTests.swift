import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct CSVReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ settings: JSON = [:]) throws -> Received {
        try read(Array(text.utf8), settings)
    }

    private func read(_ bytes: [UInt8], _ settings: JSON = [:]) throws -> Received {
        try folder.write(bytes, to: "in.csv")
        let all = [("path", "in.csv")] + settings.members.map { ($0.name, $0.value) }
        return try node("csv_reader", JSON(object: all), folder: folder.path).finish()
    }

    @Test(arguments: [
        "a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y", "\u{FEFF}\"a\",\"b\"\r\n\"1\",x\n\n\r\n2,\"y\"\r\n",
    ])
    func theFirstRowNamesTheMembers(text: String) throws {
        #expect(try read(text).all("out") == [["a": "1", "b": "x"], ["a": "2", "b": "y"]])
    }

    @Test func quotedFieldsMayHoldAnything() throws {
        let out = try read("a,b\n\"x, \"\"y\"\"\",\"two\r\nlines\"\n\"\",\n").all("out")
        #expect(out == [["a": "x, \"y\"", "b": "two\r\nlines"], ["a": "", "b": ""]])
    }

    @Test func settingsMayNameTheColumns() throws {
        let out = try read("1;x\n", ["header": false, "columns": ["n", "t"], "delimiter": ";"])
        #expect(try out.all("out") == [["n": "1", "t": "x"]])
    }

    @Test func rowsWithoutNamesAreArrays() throws {
        #expect(
            try read("1\tx\n2\t\n", ["header": false, "delimiter": "\t"]).all("out")
                == [["1", "x"], ["2", ""]])
    }

    @Test func typedFieldsKeepTheTextOfNumbers() throws {
        let types: JSON = ["n": "number", "i": "integer?", "b": "boolean", "s": "string?"]
        let out = try read(
            "n,i,b,s\n1.10,9007199254740993,true,x\n-1e400,,false,\n", ["types": types])
        #expect(
            try out.all("out").map(\.text) == [
                #"{"n":1.10,"i":9007199254740993,"b":true,"s":"x"}"#,
                #"{"n":-1e400,"i":null,"b":false,"s":null}"#,
            ])
    }

    @Test(arguments: [
        ("a,b\n1\n2,3\n", 2, "in.csv:2: the row has 1 field, not 2"),
        ("a,b\n1,2,3\n2,3\n", 2, "in.csv:2: the row has 3 fields, not 2"),
        ("a,b\n\"x\ny\",\"z\" \n2,3\n", 2, "in.csv:2: text after a quoted field"),
        ("a,b\nx\"y,1\n2,3\n", 2, "in.csv:2: a quote inside of a field that is not quoted"),
        ("a,b\n2,3\n\"x,1\n\n", 3, "in.csv:3: a quoted field is not closed"),
    ])
    func aRowThatDoesNotFitFailsAndReadingGoesOn(text: String, line: Int, error: String) throws {
        let received = try read(text)
        #expect(received["out"] == [["a": "2", "b": "3"]])
        let failure = try #require(received["error"].first)
        #expect(received["error"].count == 1)
        #expect(failure["code"] == "invalid_row")
        #expect(failure["error"]?.string == error)
        #expect(failure["details"] == ["file": "in.csv", "line": JSON(line)])
    }

    @Test(arguments: [
        ("number", "1,0"), ("number", "01"), ("integer", "1.5"), ("boolean", "yes"),
        ("integer", ""),
    ])
    func aFieldOfAnotherTypeFailsItsRow(type: String, field: String) throws {
        let received = try read("n\n\"\(field)\"\n", ["types": ["n": JSON(type)]])
        let failure = try received.only("error")
        #expect(failure["code"] == "invalid_row")
        #expect(failure["error"]?.string == "in.csv:2: \"\(field)\" in column \"n\" is no \(type)")
        #expect(failure["message"] == [JSON(field)])
    }

    @Test func invalidUTF8FailsItsRow() throws {
        let received = try read(Array("a\nx".utf8) + [0xFF, 0x0A] + Array("y\n".utf8))
        #expect(received["out"] == [["a": "y"]])
        #expect(received["error"].first?["error"] == "in.csv:2: field 1 is not valid UTF-8")
    }

    @Test func aRowOverTheLimitFailsAndReadingGoesOn() throws {
        let long = String(repeating: "x", count: 200_000)
        let received = try read("a\n1\n\(long)\n2\n", ["maxRowBytes": 1000])
        #expect(received["out"] == [["a": "1"], ["a": "2"]])
        #expect(received["error"].first?["details"]?["line"] == 3)
    }

    @Test(arguments: [
        ("a,a\n1,2\n", "in.csv:1: two columns have the name \"a\""),
        ("a,\n1,2\n", "in.csv:1: column 2 has no name"),
        ("a,b\n1,2\n", "in.csv:1: there is no column \"n\", which `types` speaks of"),
    ])
    func aHeaderThatDoesNotWorkEndsTheSource(text: String, error: String) throws {
        let failure = try read(text, ["types": ["n": "number"]]).only("error")
        #expect(failure["code"] == "invalid_header")
        #expect(failure["error"]?.string == error)
    }

    @Test func readsMoreThanAChunkInOrder() throws {
        let rows = (0..<50_000).map { "\($0),\"a \"\"b\"\"\"" }
        let out = try read("n,t\n" + rows.joined(separator: "\r\n")).all("out")
        #expect(out.count == rows.count)
        #expect(
            out.indices.allSatisfy { out[$0]["n"] == JSON("\($0)") && out[$0]["t"] == "a \"b\"" })
    }

    @Test func anEmptyFileHasNoRows() throws {
        #expect(try read("").isEmpty)
        #expect(try read("\u{FEFF}\n").isEmpty)
    }

    @Test(
        arguments: [
            (["delimiter": "\""], "$.delimiter"), (["delimiter": "é"], "$.delimiter"),
            (["delimiter": ""], "$.delimiter"), (["columns": ["a"]], "$.columns"),
            (["header": false, "columns": ["a", "a"]], "$.columns"),
            (["header": false, "types": ["a": "number"]], "$.types"),
            (["types": ["a": "float"]], "$.types['a']"),
        ] as [(JSON, String)])
    func settingsThatDoNotWorkAreRefused(settings: JSON, path: String) throws {
        let all = [("path", "in.csv")] + settings.members.map { ($0.name, $0.value) }
        #expect(try refusedSetting(of: "csv_reader", JSON(object: all)) == path)
    }
}
