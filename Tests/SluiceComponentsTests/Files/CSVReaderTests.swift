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
        "a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y", "a,b\r1,x\r2,y", "a,b\r1,x\n\r\n2,y\r\r",
        "\u{FEFF}\"a\",\"b\"\r\n\"1\",x\n\n\r\n2,\"y\"\r\n",
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
        ("a,b\nx\"y,1\n2,3\n", "x\"y,1"), ("a,b\n2,3\n\"x,1\r\n\r\n", "\"x,1"),
        ("a,b\n\"x\ny\",\"z\" \n2,3\n", "\"x\ny\",\"z\" "),
        ("a,b\na\"b,\"x\ny\",c\n2,3\n", "a\"b,\"x\ny\",c"),
        ("a,b\n\"a\"b,\"x\ny,z\nw\"\n2,3\n", "\"a\"b,\"x\ny,z\nw\""),
        ("a,b\n\"a\nb\nc\"d,\"x\ny,z\"\n2,3\n", "\"a\nb\nc\"d,\"x\ny,z\""),
        ("a,b\n\"a\n\"b,\"x\n1,2\n\"\n2,3\n", "\"a\n\"b,\"x\n1,2\n\""),
        ("a,b\n\"say \"hi\" to\n1,2\nme\",c\n2,3\n", "\"say \"hi\" to\n1,2\nme\",c"),
        ("a,b\n1, \"x\n1,2\ny\"\n2,3\n", "1, \"x\n1,2\ny\""),
        ("a,b\n2,3\nx\"y,\"1\n2\"", "x\"y,\"1\n2\""),
    ])
    func aRowThatCannotBeReadLeavesWithItsText(text: String, row: String) throws {
        let received = try read(text)
        #expect(received["error"].map { $0["message"] } == [JSON(row)])
        #expect(received["out"] == [["a": "2", "b": "3"]])
    }

    @Test(arguments: [
        ("a,b\n1,\"x\n2,3\n4,5\n", [2]), ("a,b\n1,\"x\n2,\"y\"\n4,\"z\n\"\n", [2]),
        ("a,b\n\"x\ny\",\"z\n2,3\n", [2]), ("a,b\n1,\"x\n2,\"y\n3,\"z\"\n", [2, 3]),
        ("a,b\r1,\"x\r2,3\r4,\"\"\"5\"", [2]), ("a,b\n1,\"x\n2,\"\"\n3,\"a\nb\"\n", [2]),
    ])
    func aQuoteThatIsNotClosedCostsItsLine(text: String, lines: [Int]) throws {
        for quotes in ["strict", "lenient"] {
            let received = try read(text, ["quotes": JSON(quotes)])
            let failed = received["error"]
            #expect(failed.map { $0["details"]?["line"]?.int } == lines, "\(quotes)")
            #expect(
                failed.allSatisfy {
                    $0["error"]?.string?.hasSuffix("a quoted field is not closed") == true
                })
            #expect(received["out"].count >= 1)
        }
    }

    @Test func aQuoteThatIsNotClosedCostsItsLineInALongFileToo() throws {
        let rows = (1...30_000).map { $0 == 100 ? "\($0),\"x" : "\($0),y" }
        let received = try read("a,b\n" + rows.joined(separator: "\n") + "\n")
        #expect(received["out"].count == 29_999)
        #expect(received["error"].map { $0["message"] } == ["100,\"x"])
    }

    @Test func readingGoesOnBehindAQuotedFieldThatIsTooLong() throws {
        let long = String(repeating: "x,y\n", count: 50_000)
        let received = try read("a,b\n1,2\n\"\(long)\",\"z\nz\"\n3,4\n", ["maxRowBytes": 1000])
        #expect(received["out"] == [["a": "1", "b": "2"], ["a": "3", "b": "4"]])
        let failure = try #require(received["error"].first)
        #expect(received["error"].count == 1)
        #expect(failure["error"]?.string == "in.csv:3: the row is longer than allowed")
        #expect(failure["message"]?.string?.utf8.count == 4_096)
    }

    @Test func namesOfAHeaderAsItIsFound() throws {
        let text = "id,name,,name,name,name_2\n1,a,b,c,d,e\n"
        let reader = try folderNode(text)
        #expect(
            try reader.finish().all("out").map(\.text) == [
                #"{"id":"1","name":"a","column_3":"b","name_3":"c","name_4":"d","name_2":"e"}"#
            ])
        #expect(
            reader.log == [
                #"warning: in.csv:1: column 3 has no name and is called "column_3""#,
                #"warning: in.csv:1: column 4 is a second "name" and is called "name_3""#,
                #"warning: in.csv:1: column 5 is a second "name" and is called "name_4""#,
            ])
    }

    private func folderNode(_ text: String) throws -> Harness {
        try folder.write(text, to: "in.csv")
        return try node("csv_reader", ["path": "in.csv"], folder: folder.path)
    }

    @Test func manyColumnsOfOneNameAreReadInOneGo() throws {
        let count = 20_000
        let line = Array(repeating: "a", count: count).joined(separator: ",") + "\n"
        let row = try #require(read(line + line).all("out").first)
        #expect(row.count == count && row["a_\(count)"] == "a")
    }

    @Test func typesMayNameAColumnThatWasRenamed() throws {
        let out = try read("a,a\n1,2\n", ["types": ["a_2": "integer"]])
        #expect(try out.all("out") == [["a": "1", "a_2": 2]])
    }

    @Test(arguments: [
        ("error", 2), ("fill", 1), ("extra", 0),
    ])
    func rowsOfAnotherLength(ragged: String, failures: Int) throws {
        let text = "a,b,n\n1,2,3\n1\n1,2,3,4,5\n"
        let received = try read(text, ["ragged": JSON(ragged), "types": ["n": "integer?"]])
        #expect(received["error"].count == failures)
        let all = [
            #"{"a":"1","b":"2","n":3}"#, #"{"a":"1","b":"","n":null}"#,
            #"{"a":"1","b":"2","n":3,"column_4":"4","column_5":"5"}"#,
        ]
        #expect(received["out"].map(\.text) == Array(all.prefix(3 - failures)))
    }

    @Test func rowsOfAnotherLengthWithoutNames() throws {
        let settings: JSON = ["header": false, "ragged": "extra"]
        #expect(
            try read("1,2\n1\n1,2,3\n", settings).all("out") == [
                ["1", "2"], ["1", ""], ["1", "2", "3"],
            ])
    }

    @Test func quotesInsideOfFieldsMayStandForThemselves() throws {
        let text = "a,b\nx\"y,5\" pipe\n\"say \"hi\" now\",\"z\" \"\n"
        let out = try read(text, ["quotes": "lenient"]).all("out")
        #expect(
            out == [["a": "x\"y", "b": "5\" pipe"], ["a": "say \"hi\" now", "b": "z\" "]])
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

    @Test func emptyFieldsCountForTheLimit() throws {
        let text = "a\n\(String(repeating: ",", count: 200_000))\n1\n"
        let received = try read(text, ["maxRowBytes": 1000, "ragged": "extra"])
        #expect(received["out"] == [["a": "1"]])
        #expect(
            received["error"].first?["error"]?.string == "in.csv:2: the row is longer than allowed")
    }

    @Test(arguments: [
        ("a,a\n1,2\n", "in.csv:1: two columns have the name \"a\""),
        ("a,\n1,2\n", "in.csv:1: column 2 has no name"),
        ("a,b\n1,2\n", "in.csv:1: there is no column \"n\", which `types` speaks of"),
    ])
    func aHeaderThatDoesNotWorkEndsTheSource(text: String, error: String) throws {
        let failure = try read(text, ["header": "strict", "types": ["n": "number"]]).only("error")
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
            (["types": ["a": "float"]], "$.types['a']"), (["header": "strikt"], "$.header"),
            (["ragged": "cut"], "$.ragged"), (["quotes": "none"], "$.quotes"),
            (["header": "strict", "columns": ["a"]], "$.columns"),
        ] as [(JSON, String)])
    func settingsThatDoNotWorkAreRefused(settings: JSON, path: String) throws {
        let all = [("path", "in.csv")] + settings.members.map { ($0.name, $0.value) }
        #expect(try refusedSetting(of: "csv_reader", JSON(object: all)) == path)
    }
}
