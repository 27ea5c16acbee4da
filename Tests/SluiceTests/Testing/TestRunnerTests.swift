import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// A registry with a component that keeps and answers, and one that speaks at the start.
private let registry = ComponentRegistry([
    Shout.self, Echo.self, Either.self, Shelf.self, Sated.self,
])

/// Keeps one value a key: a request and reply component.
private enum Shelf: Component {
    static let about = About("shelf", "Keeps values by key")
    struct Put: Message {
        var key = ""
        var value = JSON.null
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key)
            try m.required("value", &value)
        }
    }
    struct Reply: Message {
        var key = ""
        var count = 0
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key)
            try m.required("count", &count)
        }
    }
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let ok = ports.reply("put_ok", Reply.self)
        ports.declaresFailures = true
        ports.requests("put", Put.self) { deliveries, turn in
            for delivery in deliveries {
                var reply = Reply()
                reply.key = delivery.message.key
                reply.count = 1
                do throws(Failure) {
                    try turn.emit(reply, on: ok, for: delivery)
                } catch {
                    turn.fail(error, for: delivery)
                }
            }
        }
    }
}

/// Takes one message and then no more.
private enum Sated: Component {
    static let about = About("sated", "Takes one message")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.input("in", JSON.self) { _, turn in turn.pauseInput("in") }
    }
}

/// Runs the text of a test file beside which these files lie.
private func run(
    _ text: String, files: [String: String] = [:], filter: String? = nil, seed: UInt64 = 1
) throws -> TestFileResult {
    let folder = try Folder.temporary()
    defer { Folder.remove(folder) }
    for (name, text) in files { try FileStream.write(Array(text.utf8), to: "\(folder)/\(name)") }
    var runner = TestRunner(registry: registry, variables: { $0 == "OUTER" ? "outer" : nil })
    runner.filter = filter
    runner.seed = seed
    return runner.run(Array(text.utf8), path: "\(folder)/a.test.json")
}

/// The steps of one case against one component.
private func shout(_ steps: String, settings: String = "{}") -> String {
    """
    { "component": "shout", "settings": \(settings),
      "cases": [ { "name": "it", "steps": [ \(steps) ] } ] }
    """
}

private func problems(_ text: String, files: [String: String] = [:]) throws -> [String] {
    let result = try run(text, files: files)
    #expect(result.diagnostics.map(\.rendered) == [])
    return result.cases.flatMap(\.problems).map(\.text)
}

@Suite struct TestRunnerTests {
    @Test func whatComesOutIsCompared() throws {
        let steps = #"{ "send": { "in": ["a", "b"] }, "expect": { "out": ["A?", "B?"] } }"#
        #expect(try problems(shout(steps, settings: #"{ "mark": "?" }"#)) == [])
    }

    @Test(arguments: [
        (#"{ "send": { "in": "a" } }"#, "`out` emitted 1 message, expected nothing"),
        (#"{ "expect": { "out": "A!" } }"#, "`out` emitted nothing, expected 1 message"),
        (
            #"{ "send": { "in": "a" }, "expect": { "out": [] } }"#,
            "`out` emitted 1 message, expected nothing"
        ),
        (
            #"{ "send": { "in": ["a", "b"] }, "expect": { "out": ["A!", "C!"] } }"#,
            #"`out` message 2 at $: expected "C!", received "B!""#
        ),
        (
            #"{ "send": { "in": ["a", "b"] }, "expect": { "out": ["A!"] } }"#,
            "`out` emitted 2 messages, expected 1 message"
        ),
        (
            #"{ "send": { "in": 1 }, "expect": { "out": "A!" } }"#,
            "`out` emitted nothing, expected 1 message"
        ),
        (
            #"{ "send": { "in": 1 }, "expect": { "error": { "code": "other" } } }"#,
            #"`error` at $.code: expected "other", received "invalid_message""#
        ),
        (#"{ "send": { "in": 1 } }"#, "`error` emitted 1 message, expected nothing"),
    ]) func everyDifferenceIsAProblem(step: String, problem: String) throws {
        #expect(try problems(shout(step)).contains(problem))
    }

    @Test func aMessageThatIsAnArrayIsWrappedAgain() throws {
        let text = """
            { "component": "echo", "cases": [ { "name": "it", "steps": [
              { "send": { "in": { "value": [1, 2] } }, "expect": { "out": [[1, 2]] } } ] } ] }
            """
        #expect(try problems(text) == [])
    }

    @Test func timePassesOnlyWhereAStepSaysSo() throws {
        let text = """
            { "component": "echo", "settings": { "delay": 2000 },
              "cases": [ { "name": "it", "steps": [
                { "send": { "in": { "value": 1 } } },
                { "advance": "1999ms" },
                { "advance": "1ms", "expect": { "out": 1 } },
                { "send": { "in": { "value": 2 } }, "advance": "2s", "expect": { "out": 2 } },
                { "send": { "in": { "value": 3 } }, "end": true },
                { "advance": "1m", "expect": { "out": 3 } } ] } ] }
            """
        #expect(try problems(text) == [])
    }

    @Test func eachCaseStartsAnew() throws {
        let flow = #"{ "nodes": { "a": { "component": "shout" } }, "inputs": { "x": "a.in" } }"#
        let text = """
            { "flow": "f.json", "cases": [
              { "name": "one", "steps": [ { "send": { "x": 1 },
                                            "expect": { "error": { "node": "a" } } } ] },
              { "name": "two", "steps": [ { "send": { "x": "a" } } ] },
              { "name": "three", "steps": [ { "send": { "x": 1 }, "expect": { "error": {} } },
                                            { "send": { "x": "b" } } ] } ] }
            """
        let result = try run(text, files: ["f.json": flow])
        #expect(result.cases.map(\.hasPassed) == [true, true, false])
        let problem = try #require(result.cases.last?.problems.first)
        #expect(problem.text == "`x` takes no message any more: an earlier failure ended the run")
        #expect(problem.step == 2 && problem.line == 6)
    }

    @Test func aStepThatFailsEndsItsCase() throws {
        let result = try run(shout(#"{ "send": { "in": 1 } }, { "expect": { "out": 1 } }"#))
        #expect(result.cases.first?.problems.map(\.step) == [1])
    }

    @Test func aFlowThatIsStuckIsToldOf() throws {
        let text = """
            { "component": "sated", "cases": [ { "name": "it", "steps": [
              { "send": { "in": 1 } }, { "send": { "in": 2 }, "end": true } ] } ] }
            """
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("the flow is stuck: input in -> sated.in:") == true)
    }

    @Test func onlyCasesThatTheFilterNamesRun() throws {
        let steps = #""steps": [ { "send": { "in": "a" }, "expect": { "out": "A!" } } ]"#
        let text = """
            { "component": "shout", "cases": [ { "name": "first one", \(steps) },
                                               { "name": "second", \(steps) } ] }
            """
        #expect(try run(text, filter: "one").cases.map(\.name) == ["first one"])
        #expect(try run(text, filter: "third").cases.isEmpty)
    }

    @Test func theFirstDifferenceIsShownSideBySide() throws {
        let step = """
            { "send": { "in": { "value": { "id": 7, "tags": ["a", "b"], "text": "x" } } },
              "expect": { "out": { "tags": ["a", "c"], "id": { "$above": 6 } } } }
            """
        let text = """
            { "component": "echo",
              "cases": [ { "name": "it", "steps": [ \(step) ] } ] }
            """
        let problem = try #require(try run(text).cases.first?.problems.first)
        #expect(problem.path == "$.tags[1]")
        let lines = problem.rendered.split(separator: "\n").map(String.init)
        #expect(
            lines[0].hasSuffix(
                "a.test.json:2:41: step 1: `out` at $.tags[1]: expected \"c\", received \"b\""))
        let blanks = String(repeating: " ", count: 38)
        #expect(lines[1] == "    expected\(blanks) | received")
        #expect(
            lines[2]
                == #"    { "tags": ["a", "c"], "id": { "$above": 6 } }  | { "id": 7, "tags": ["a", "b"], "text": "x" }"#
        )
        #expect(lines.count == 3)
    }

    @Test func parametersAndVariablesReachTheFlow() throws {
        let flow = """
            { "parameters": { "mark": { "schema": { "type": "string" } } },
              "nodes": { "a": { "component": "shout", "settings": { "mark": "${mark}${OWN}${OUTER}" } } },
              "inputs": { "x": "a.in" }, "outputs": { "y": "a.out" } }
            """
        let text = """
            { "flow": "f.json", "parameters": { "mark": "?" }, "variables": { "OWN": "-own-" },
              "cases": [ { "name": "it", "steps": [ { "send": { "x": "a" },
                                                      "expect": { "y": "A?-own-outer" } } ] } ] }
            """
        #expect(try problems(text, files: ["f.json": flow]) == [])
    }

    @Test(arguments: 1...10) func aSeedGivesTheSameRunAgain(seed: UInt64) throws {
        let text = shout(#"{ "send": { "in": ["a", "b", 1] }, "expect": { "out": ["A!", "B!"] } }"#)
        let problems = try (0..<2).map { _ in
            try run(text, seed: seed).cases.flatMap(\.problems).map(\.text)
        }
        #expect(problems[0] == problems[1])
        #expect(problems[0] == ["`error` emitted 1 message, expected nothing"])
    }
}

@Suite struct Mocks {
    private static let flow = """
        { "nodes": { "a": { "component": "shelf" }, "b": { "component": "shout" } },
          "edges": [ { "from": "a.put_ok", "to": "b.in", "map": "{{$.key}}-{{$.context}}" } ],
          "inputs": { "put": "a.put" }, "outputs": { "said": "b.out", "failed": "a.error" } }
        """

    private func run(_ mocks: String, _ steps: String) throws -> TestFileResult {
        try SluiceTests.run(
            """
            { "flow": "f.json", "mocks": \(mocks),
              "cases": [ { "name": "it", "steps": [ \(steps) ] } ] }
            """, files: ["f.json": Self.flow])
    }

    @Test func theFirstEntryThatFitsAnswersWithTheContext() throws {
        let result = try run(
            """
            { "a": { "put": [ { "match": { "key": "x" }, "emit": { "put_ok": { "key": "mx", "count": 3 } } },
                              { "emit": { "put_ok": [ { "context": "own", "key": "m", "count": 0 },
                                                      { "key": "n", "count": 0 } ] } } ] } }
            """,
            """
            { "send": { "put": { "key": "x", "value": 1, "context": "c" } }, "expect": { "said": "MX-C!" } },
            { "send": { "put": { "key": "y", "value": 1, "context": "c" } },
              "expect": { "said": ["M-OWN!", "N-C!"] } }
            """)
        #expect(result.diagnostics.map(\.rendered) == [])
        #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
    }

    @Test func aMockFailsAsItsNodeWould() throws {
        let result = try run(
            #"{ "a": { "put": [ { "emit": { "error": { "code": "disk_full", "diskFull": true } } } ] } }"#,
            """
            { "send": { "put": { "key": "x", "value": 1, "context": 7 } },
              "expect": { "failed": { "code": "disk_full", "diskFull": true, "context": 7, "node": "a",
                                      "port": "put", "message": { "key": "x" } } } },
            { "send": { "put": { "key": 3, "value": 1 } },
              "expect": { "failed": { "code": "invalid_message", "details": { "path": "$.key" } } } }
            """)
        #expect(result.diagnostics.map(\.rendered) == [])
        #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
    }

    @Test func anEdgeTriesAMockAgain() throws {
        let flow = """
            { "nodes": { "b": { "component": "echo" }, "a": { "component": "shelf" } },
              "edges": [ { "from": "b.out", "to": "a.put", "retry": { "maxAttempts": 3, "jitter": 0 } } ],
              "inputs": { "x": "b.in" }, "outputs": { "ok": "a.put_ok", "failed": "a.error" } }
            """
        let text = """
            { "flow": "f.json",
              "mocks": { "a": { "put": [ { "emit": { "error": { "code": "later", "retryable": true } } } ] } },
              "cases": [ { "name": "it", "steps": [
                { "send": { "x": { "value": { "key": "k", "value": 1 } } } },
                { "advance": "1499ms" },
                { "advance": "1ms", "expect": { "failed": { "code": "later" } } } ] } ] }
            """
        #expect(try problems(text, files: ["f.json": flow]) == [])
    }

    @Test func aMessageThatNoEntryFitsFailsTheCase() throws {
        let result = try run(
            #"{ "a": { "put": [ { "match": { "key": "x" }, "emit": {} } ] } }"#,
            #"{ "send": { "put": { "key": "y", "value": 1 } } }"#)
        #expect(
            result.cases.flatMap(\.problems).map(\.text)
                == ["no entry of the mock `a` fits what came by `put`"])
    }

    @Test func aSubflowIsReplacedByItsPorts() throws {
        let outer = """
            { "nodes": { "inner": { "component": "./f.json" } },
              "inputs": { "put": "inner.put" }, "outputs": { "said": "inner.said" } }
            """
        let text = """
            { "flow": "outer.json",
              "cases": [
                { "name": "whole", "mocks": { "inner": { "put": [ { "emit": { "said": "mocked" } } ] } },
                  "steps": [ { "send": { "put": { "key": "x", "value": 1 } },
                               "expect": { "said": "mocked" } } ] },
                { "name": "part", "mocks": { "inner/b": { "in": [ { "emit": { "out": "part" } } ] } },
                  "steps": [ { "send": { "put": { "key": "x", "value": 1, "context": 1 } },
                               "expect": { "said": "part" } } ] } ] }
            """
        let result = try SluiceTests.run(
            text, files: ["f.json": Self.flow, "outer.json": outer])
        #expect(result.diagnostics.map(\.rendered) == [])
        #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
    }

    @Test(arguments: [
        (#"{ "c": {} }"#, "1:32 E009"),
        (#"{ "a": { "pat": [] } }"#, "1:39 E010"),
        (#"{ "a": { "put": [ { "emit": { "put_okk": {} } } ] } }"#, "1:60 E010"),
        (
            #"{ "a": { "put": [ { "emit": { "put_ok": { "key": 1, "count": 1 } } } ] } }"#,
            "1:79 E005"
        ),
    ]) func aMockThatCannotBeTheNodeIsRefused(mocks: String, finding: String) throws {
        let result = try run(mocks, #"{}"#)
        #expect(result.diagnostics.map { "\($0.line):\($0.column) \($0.code)" } == [finding])
        #expect(result.cases.isEmpty)
    }
}
