import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

@Suite struct BrokenTestFiles {
    private func findings(_ text: String) -> [String] {
        let runner = TestRunner(registry: testRegistry)
        let result = runner.run(Array(text.utf8), path: "a.test.json")
        #expect(result.isBroken == !result.diagnostics.isEmpty)
        #expect(result.cases.isEmpty)
        return result.diagnostics.map { finding in
            "\(finding.line):\(finding.column) \(finding.code)"
                + (finding.suggestion.map { " \($0)" } ?? "")
        }
    }

    private static func step(_ text: String) -> String {
        #"{"component": "shout", "cases": [{"name": "a", "steps": ["# + text + "]}]}"
    }

    @Test(arguments: [
        ("", "1:1 E002"),
        ("{\n  \"cases\": }", "2:12 E002"),
        ("[]", "1:1 E005"),
        (#"{"component": "shout"}"#, "1:1 E006"),
        (#"{"cases": [{"name": "a", "steps": [{}]}]}"#, "1:1 E006"),
        (
            #"{"component": "shout", "flow": "a", "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:32 E005"
        ),
        (
            #"{"component": "shuot", "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:15 E008 did you mean `shout`?"
        ),
        (#"{"flow": "absent.json", "cases": [{"name": "a", "steps": [{}]}]}"#, "1:10 E001"),
        (
            #"{"component": "shout", "case": [], "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:24 E004 did you mean `cases`?"
        ),
        (#"{"component": "shout", "cases": []}"#, "1:33 E005"),
        (#"{"component": "shout", "cases": [{"steps": [{}]}]}"#, "1:34 E006"),
        (#"{"component": "shout", "cases": [{"name": "a", "steps": []}]}"#, "1:57 E005"),
        (
            #"{"component": "shout", "settings": {"mrak": "?"}, "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:37 E013 did you mean `mark`?"
        ),
        (
            #"{"component": "shout", "settings": {"mark": 1}, "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:45 E014"
        ),
        (
            #"{"component": "shout", "parameters": {}, "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:38 E005"
        ),
        (
            #"{"component": "shout", "mocks": {}, "cases": [{"name": "a", "steps": [{}]}]}"#,
            "1:33 E005"
        ),
        (
            #"{"component": "shout", "cases": [{"name": "a", "steps": [{}]}, {"name": "a", "steps": [{}]}]}"#,
            "1:73 E003"
        ),
        (step(#"{"sned": {"in": 1}}"#), "1:59 E004 did you mean `send`?"),
        (step(#"{"send": {"in": 1, "in": 2}}"#), "1:77 E003"),
        (step(#"{"send": {"im": 1}}"#), "1:68 E010 did you mean `in`?"),
        (step(#"{"expect": {"uot": 1}}"#), "1:70 E010 did you mean `out`?"),
        (step(#"{"send": 1}"#), "1:67 E005"),
        (step(#"{"advance": "2 s"}"#), "1:70 E005"),
        (step(#"{"advance": "-2s"}"#), "1:70 E005"),
        (step(#"{"advance": "9999999h"}"#), "1:70 E005"),
        (step(#"{"end": 1}"#), "1:66 E005"),
        (step(#"{"end": true}, {"send": {"in": 1}}"#), "1:82 E005"),
        (step(#"{"expect": {"out": {"$exist": true}}}"#), "1:78 E004 did you mean `$exists`?"),
        (step(#"{"expect": {"out": {"$above": 1, "a": 2}}}"#), "1:91 E004"),
        (step(#"{"expect": {"out": {"$exists": 1}}}"#), "1:89 E005"),
        (step(#"{"expect": {"out": {"$matches": "("}}}"#), "1:90 E005"),
        (step(#"{"expect": {"out": {"$above": "1"}}}"#), "1:88 E005"),
        (step(#"{"expect": {"out": {"$type": "text"}}}"#), "1:87 E005"),
        (step(#"{"expect": {"out": {"$any": false}}}"#), "1:86 E005"),
    ]) func everyFindingHasItsPlace(text: String, finding: String) {
        #expect(findings(text) == [finding])
    }

    @Test func allFindingsComeInOneRun() {
        let text = """
            { "component": "shout", "x-note": "kept", "setings": {},
              "cases": [ { "name": "a", "steps": [ { "send": { "a": 1 } }, { "expct": {} } ] } ] }
            """
        #expect(
            findings(text) == [
                "1:43 E004 did you mean `settings`?", "2:52 E010",
                "2:66 E004 did you mean `expect`?",
            ])
    }

    @Test func whatIsWrongWithTheFlowIsTold() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        let flow = #"{ "nodes": { "a": { "component": "shuot" } } }"#
        try FileStream.write(Array(flow.utf8), to: "\(folder)/f.json")
        let text = #"{ "flow": "f.json", "cases": [ { "name": "a", "steps": [ {} ] } ] }"#
        let result = TestRunner(registry: testRegistry)
            .run(Array(text.utf8), path: "\(folder)/a.test.json")
        #expect(result.diagnostics.map(\.file) == ["\(folder)/f.json"])
        #expect(result.diagnostics.map(\.code) == ["E008"])
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func noTextMakesItTrap(seed: UInt64) {
        var random = Randomness(seed: seed)
        var text = Array(
            Self.step(
                #"{"send": {"in": ["a", 1]}, "advance": "1s", "expect": {"out": {"$any": ["A!", {}]}}}"#
            ).utf8)
        for _ in 0...random.next(below: 4) {
            let place = random.next(below: text.count)
            switch random.next(below: 3) {
            case 0: text.remove(at: place)
            case 1: text[place] = Array(#"{}[]":,$1.\u"#.utf8)[random.next(below: 12)]
            default: text.insert(contentsOf: text[..<random.next(below: place + 1)], at: place)
            }
        }
        let result = TestRunner(registry: testRegistry).run(text, path: "a.test.json")
        #expect(result.isBroken || result.cases.count == 1, "seed \(seed)")
    }
}
