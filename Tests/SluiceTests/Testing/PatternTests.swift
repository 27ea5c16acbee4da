import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Hands on what it gets.
private enum Relay: Component {
    static let about = About("relay", "Passes messages on")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("in", JSON.self) { message, turn in try turn.emit(message, on: out) }
    }
}

/// What a test file says about a message that it expects.
private func problem(expecting pattern: String, of message: String) throws -> String? {
    let text = """
        { "component": "relay", "cases": [ { "name": "it", "steps": [
          { "send": { "in": [\(message)] }, "expect": { "out": [\(pattern)] } } ] } ] }
        """
    let runner = TestRunner(registry: ComponentRegistry([Relay.self]))
    let result = runner.run(Array(text.utf8), path: "a.test.json")
    #expect(result.diagnostics.map(\.rendered) == [])
    return result.cases.first?.problems.first?.text
}

@Suite struct Patterns {
    @Test(arguments: [
        ("1", "1.0"), ("1e1", "10"), ("null", "null"), (#""a""#, #""\u0061""#), ("[]", "[]"),
        ("{}", #"{"a": 1}"#), (#"{"a": {"b": 1}}"#, #"{"a": {"b": 1, "c": 2}, "d": 3}"#),
        (#"[{"a": 1}, 2]"#, #"[{"a": 1, "b": 2}, 2]"#),
        (#"{"a": {"$exists": true}}"#, #"{"a": null}"#), (#"{"a": {"$exists": false}}"#, "{}"),
        (#"{"$matches": "[a-z]+"}"#, #""abc""#), (#"{"$above": 1, "$below": 3}"#, "2"),
        (#"{"$above": 9007199254740992}"#, "9007199254740993"),
        (#"{"$type": "integer"}"#, "1.0"), (#"{"$type": ["string", "null"]}"#, "null"),
        (#"{"$type": "boolean"}"#, "false"), (#"{"$type": "number"}"#, "1.5"),
        (#"{"$contains": "ell"}"#, #""hello""#), (#"{"$contains": ""}"#, #""""#),
        (#"{"$contains": {"a": 1}}"#, #"[0, {"a": 1, "b": 2}]"#),
        (#"{"$any": true}"#, "null"), (#"{"$any": [1, {"$type": "string"}]}"#, #""x""#),
        (#"{"$exactly": {"a": 1, "b": [2]}}"#, #"{"b": [2.0], "a": 1}"#),
        (#"{"$exactly": {"$exists": 1}}"#, #"{"$exists": 1}"#),
    ]) func fits(pattern: String, message: String) throws {
        #expect(try problem(expecting: pattern, of: message) == nil)
    }

    @Test(arguments: [
        ("1", "2", "$: expected 1, received 2"),
        ("1", #""1""#, #"$: expected 1, received "1""#),
        ("{}", "[]", "$: expected {}, received []"),
        (#"{"a": {"b": 1}}"#, #"{"a": {}}"#, "$.a.b: expected 1, it is not there"),
        ("[1, 2]", "[1]", "$: expected 2 items, received 1"),
        ("[1, 2]", "[1, 2, 3]", "$: expected 2 items, received 3"),
        ("[1, [2]]", "[1, [3]]", "$[1][0]: expected 2, received 3"),
        (
            #"{"a": {"$exists": false}}"#, #"{"a": null}"#,
            "$.a: expected nothing there, received null"
        ),
        (#"{"a": {"$exists": true}}"#, "{}", "$.a: expected something there, it is not there"),
        (
            #"{"$matches": "b"}"#, #""abc""#,
            #"$: expected a string that matches `b`, received "abc""#
        ),
        (#"{"$above": 2}"#, "2", "$: expected a number above 2, received 2"),
        (#"{"$below": 2}"#, "2", "$: expected a number below 2, received 2"),
        (#"{"$above": 2}"#, #""3""#, #"$: expected a number above 2, received "3""#),
        (#"{"$type": "integer"}"#, "1.5", "$: expected a value of type integer, received 1.5"),
        (#"{"$type": "object"}"#, "[]", "$: expected a value of type object, received []"),
        (
            #"{"$contains": "x"}"#, #""hello""#,
            #"$: expected a string or an array that contains "x", received "hello""#
        ),
        (
            #"{"$contains": 1}"#, #""1""#,
            #"$: expected a string or an array that contains 1, received "1""#
        ),
        (
            #"{"$contains": 1}"#, "[2]",
            "$: expected a string or an array that contains 1, received [2]"
        ),
        (#"{"a": {"$any": true}}"#, "{}", "$.a: expected any value, it is not there"),
        (#"{"$any": [1, 2]}"#, "3", "$: expected one of 1, 2, received 3"),
        (
            #"{"$exactly": {"a": 1}}"#, #"{"a": 1, "b": 2}"#,
            #"$: expected exactly {"a":1}, received {"a":1,"b":2}"#
        ),
    ]) func doesNotFit(pattern: String, message: String, text: String) throws {
        #expect(try problem(expecting: pattern, of: message) == "`out` at \(text)")
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func aMessageFitsItselfAndWhatIsLeftOfIt(seed: UInt64) throws {
        var random = Randomness(seed: seed)
        let message = random.value(depth: 4)
        #expect(try problem(expecting: message.text, of: message.text) == nil, "seed \(seed)")
        let less = random.withoutMembers(message)
        #expect(try problem(expecting: less.text, of: message.text) == nil, "seed \(seed)")
        let exact = #"{"$exactly": \#(less.text)}"#
        let isEqual = try problem(expecting: exact, of: message.text) == nil
        #expect(isEqual == (less == message), "seed \(seed)")
    }
}
