import Sluice
import SluiceJSON
import Testing

@Suite struct FlowFormatterTests {
    private func format(_ text: String) -> String {
        let formatted = FlowFormatter.format(Array(text.utf8), path: "a.json")
        #expect(formatted.diagnostics.isEmpty)
        return String(decoding: formatted.text ?? [], as: UTF8.self)
    }

    @Test func aFlowGetsItsForm() {
        let text = """
            \u{FEFF}{"edges":["a.out -> b.in",{"from":"a.error","to":"b.in","map":{"text":"{{$.error}} \\u00e9\\/"}}],\r
             "x-note" : [ 1.10, 1e400 ,-0],
              "nodes":{"b":{"component":"log"},"a":{"component":"document_store","settings":{"collections":[{"name":"c"}],
              "path":"a path that is long enough to need more than one line"}}},"inputs":{},
             "name":"chat","outputs":{"said":"b.out"},"x-other":null}
            """
        #expect(
            format(text) == """
                {
                  "name": "chat",
                  "nodes": {
                    "b": { "component": "log" },
                    "a": {
                      "component": "document_store",
                      "settings": {
                        "collections": [{ "name": "c" }],
                        "path": "a path that is long enough to need more than one line"
                      }
                    }
                  },
                  "edges": [
                    "a.out -> b.in",
                    { "from": "a.error", "to": "b.in", "map": { "text": "{{$.error}} \\u00e9\\/" } }
                  ],
                  "inputs": {},
                  "outputs": { "said": "b.out" },
                  "x-note": [1.10, 1e400, -0],
                  "x-other": null
                }

                """)
    }

    @Test func aTestFileGetsItsForm() {
        let text = """
            {"cases":[{"steps":[{"send":{"in":1},"expect":{"out":{"$any":true}}}],"name":"a"}],"settings":{},
             "component":"count"}
            """
        #expect(
            format(text) == """
                {
                  "component": "count",
                  "settings": {},
                  "cases": [
                    { "steps": [{ "send": { "in": 1 }, "expect": { "out": { "$any": true } } }], "name": "a" }
                  ]
                }

                """)
    }

    @Test(arguments: 90...110) func aLineHasAHundredColumns(length: Int) {
        // `  "name": "` and `",` take 13 columns; as an array the value takes 2 more.
        let word = String(repeating: "é", count: length - 15)
        let lines = format(#"{"name":["\#(word)"],"nodes":1}"#).split(separator: "\n")
        #expect((lines[1].count == length) == (length <= 100))
        #expect(lines.count == (length <= 100 ? 4 : 6))
    }

    @Test func whatIsDeepGoesOverTheEdgeOfALine() throws {
        let text = String(repeating: "[", count: 300) + "{}" + String(repeating: "]", count: 300)
        let lines = format(text).split(separator: "\n")
        // Each level is two columns further in, until the rest fits on a line or nothing more can.
        #expect(lines.contains { $0.hasSuffix("{}") })
        #expect(try JSON(parsing: format(text)) == JSON(parsing: text))
        #expect(format(format(text)) == format(text))
    }

    @Test func whatIsNoJSONIsRefusedWithItsPlace() {
        let formatted = FlowFormatter.format(Array("{\n \"a\": }".utf8), path: "a.json")
        #expect(formatted.text == nil)
        #expect(formatted.diagnostics.map { "\($0.line):\($0.column) \($0.code)" } == ["2:7 E002"])
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func formattingKeepsTheValueAndSettles(seed: UInt64) throws {
        var random = Randomness(seed: seed)
        var members = [
            ("nodes", random.value(depth: 5)), ("x-b", random.value(depth: 3)),
            (random.next(below: 2) == 0 ? "cases" : "edges", random.value(depth: 5)),
            ("name", random.value(depth: 3)), ("mocks", random.value(depth: 3)),
        ]
        for place in members.indices { members.swapAt(place, random.next(below: members.count)) }
        let json = try JSON(object: members)
        let once = format(random.next(below: 2) == 0 ? json.text : json.pretty(indent: 7))
        #expect(format(once) == once, "seed \(seed)")
        let again = try JSON(parsing: once)
        #expect(again == json, "seed \(seed)")
        // Only the members of the file change their order; texts stay.
        for member in json.members {
            #expect(again[member.name]?.isIdentical(to: member.value) == true, "seed \(seed)")
        }
    }
}
