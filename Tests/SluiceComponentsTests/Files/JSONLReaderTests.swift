import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct JSONLReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ limit: Int? = nil) throws -> Received {
        try folder.write(text, to: "in.jsonl")
        var settings: [(String, JSON)] = [("path", "in.jsonl")]
        if let limit { settings.append(("maxLineBytes", JSON(limit))) }
        return try node("jsonl_reader", JSON(object: settings), folder: folder.path).finish()
    }

    @Test(arguments: ["1\n[2]\nnull\n", "1\r\n[2]\r\nnull", "\u{FEFF}1\n\n \t\n[2]\n\r\nnull\n\n"])
    func readsAValueALine(text: String) throws {
        #expect(try read(text).all("out") == [1, [2], .null])
    }

    @Test func numbersKeepTheirText() throws {
        #expect(try read(" 1.10 \n1e400").all("out").map(\.text) == ["1.10", "1e400"])
    }

    @Test func aLineThatIsNoJSONFailsWithItsPlaceAndReadingGoesOn() throws {
        let received = try read("1\n\n{\"a\": tru}\n2\n3 x")
        #expect(received["out"] == [1, 2])
        let failures = received["error"]
        #expect(failures.map { $0["code"] } == ["invalid_json", "invalid_json"])
        #expect(failures[0]["details"] == ["file": "in.jsonl", "line": 3, "column": 7])
        #expect(failures[0]["error"] == "in.jsonl:3:7: expected true, false or null")
        #expect(failures[0]["message"] == "{\"a\": tru}")
        #expect(failures[0]["port"] == .null)
        #expect(failures[1]["details"] == ["file": "in.jsonl", "line": 5, "column": 3])
    }

    @Test func aLineOverTheLimitFailsAndReadingGoesOn() throws {
        let received = try read("1\n\"\(String(repeating: "x", count: 300_000))\"\n2\n", 1000)
        #expect(received["out"] == [1, 2])
        let failure = try #require(received["error"].first)
        #expect(failure["details"] == ["file": "in.jsonl", "line": 2, "column": 1])
    }

    @Test func readsMoreThanAChunkInOrder() throws {
        let lines = (0..<60_000).map { "{\"n\":\($0)}" }
        let out = try read(lines.joined(separator: "\n")).all("out")
        #expect(out.map(\.text) == lines)
    }

    @Test func aMissingFileKeepsTheFlowFromStarting() throws {
        let failure = #expect(throws: Failure.self) {
            try node("jsonl_reader", ["path": "none.jsonl"], folder: folder.path)
        }
        #expect(failure?.code == "io")
        #expect(failure?.text.contains("\(folder.path)/none.jsonl: No such file") == true)
    }

    @Test func aPathHasToBeGiven() throws {
        #expect(try refusedSetting(of: "jsonl_reader", [:]) == "$.path")
        #expect(try refusedSetting(of: "jsonl_reader", ["path": " "]) == "$.path")
    }
}
