import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

/// Messages that a store refuses whatever else is in them.
@Suite struct ConstantMessages {
    /// What `check` finds where a map of these members leads to a verb: on an edge, and in a transform.
    private static func codes(_ map: String, to verb: String) -> [[String]] {
        let edge = CheckSeesThrough.codes(
            #""t": {"component": "count"}, \#(CheckSeesThrough.store)"#,
            #"{"from": "t.out", "to": "s.\#(verb)", "map": \#(map)}"#, inputs: #""in": "t.in""#)
        return [edge, CheckSeesThrough.transform(map, to: verb)]
    }

    /// Whether a store refuses a message of these members, `$.x` being 1.
    private static func isRefused(_ map: String, by verb: String) throws -> Bool {
        let text = """
            {"nodes": {"t": {"component": "transform", "settings": {"map": "{{$}}"}},
                       \(CheckSeesThrough.store)},
             "edges": ["t.out -> s.\(verb)"], "inputs": {"in": "t.in"},
             "outputs": {"failed": "s.error"}}
            """
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "/f.json")
        let harness = try Harness(try #require(flow.plan, "\(flow.diagnostics)"))
        let message = try Template(JSON(parsing: map)).evaluate(["x": 1], .system)
        return try harness.send(message, to: "in")["failed"].count == 1
    }

    private static let key = #""collection": "c", "key": "k""#

    @Test(arguments: [
        ("update", #"{\#(key), "patch": {}, "append": 1}"#, "E020"),
        ("update", #"{\#(key), "patch": "{{$.x}}", "append": 1}"#, "E020"),
        ("update", #"{\#(key), "ifRevision": 0}"#, "E017"),
        ("update", #"{\#(key), "patch": {}, "keepLast": 2}"#, "E017"),
        ("update", #"{\#(key), "patch": "{{$.x}}", "keepLast": "{{$.x}}"}"#, "E017"),
        ("write", #"{"operations": [{"op": "delete", \#(key), "value": 1}]}"#, "E020"),
        ("write", #"{"operations": [{"op": "delete", \#(key), "value": "{{$.x}}"}]}"#, "E020"),
        ("write", #"{"operations": [{"op": "delete", \#(key), "ttlSeconds": 1}]}"#, "E020"),
        ("write", #"{"operations": [{"op": "put", \#(key)}]}"#, "E017"),
        (
            "write", #"{"operations": [{"op": "delete", \#(key)}, {"op": "delete", \#(key)}]}"#,
            "E020"
        ),
        ("find", #"{"collection": "c", "where": "1"}"#, "E020"),
        ("find", #"{"collection": "c", "where": "length($)"}"#, "E020"),
        ("find", #"{"collection": "c", "where": "$.a == args.q"}"#, "E020"),
        ("find", #"{"collection": "c", "where": "$.a == args.q", "limit": "{{$.x}}"}"#, "E020"),
        ("find", #"{"collection": "c", "where": "$.a == args.q", "args": {"p": 1}}"#, "E020"),
        ("find", #"{"collection": "c", "limit": 100000000000000000000}"#, "E020"),
    ])
    func thatAlwaysFailAreErrors(verb: String, map: String, code: String) throws {
        #expect(Self.codes(map, to: verb) == [[code], [code]])
        #expect(try Self.isRefused(map, by: verb))
    }

    @Test(arguments: [
        ("update", #"{\#(key), "patch": {}}"#),
        ("update", #"{\#(key), "append": "{{$.x}}", "keepLast": 2}"#),
        ("update", #"{\#(key), "patch": "{{$.no ?? omit}}", "append": "{{$.x ?? omit}}"}"#),
        (
            "write",
            #"{"operations": [{"op": "delete", \#(key)}, {"op": "put", "collection": "c", "key": "l", "value": 1}]}"#
        ),
        ("write", #"{"operations": []}"#),
        ("find", #"{"collection": "c", "where": "$.a == args.q", "args": {"q": 1}}"#),
        ("find", #"{"collection": "c", "where": "$.a == (args.q ?? 1)"}"#),
        ("find", #"{"collection": "c", "where": "$.a < 'a' && 1 < 'a'"}"#),
        ("find", #"{"collection": "c", "where": "true"}"#),
    ])
    func thatMayWorkAreLeftAlone(verb: String, map: String) throws {
        #expect(Self.codes(map, to: verb) == [[], []])
        #expect(try !Self.isRefused(map, by: verb))
    }

    @Test func argumentsThatMayBeThereAreLeftAlone() {
        let map = #"{"collection": "c", "where": "$.a == args.q", "args": "{{$.x}}"}"#
        #expect(Self.codes(map, to: "find") == [[], []])
    }

    @Test(arguments: [40_000, 32_769])
    func aKeyThatIsTooLongForAStoreIsAnError(count: Int) {
        for letter in ["k", "é"] {
            let key = String(repeating: letter, count: count / letter.utf8.count)
            for map in [
                #"{"collection": "c", "key": "\#(key)k", "value": 1}"#,
                #"{"collection": "c", "key": "\#(key)k", "value": "{{$.x}}"}"#,
            ] {
                #expect(Self.codes(map, to: "put") == [["E020"], ["E020"]])
            }
            for (op, codes) in [("put", ["E020"]), ("delete", [])] {
                let value = op == "put" ? #", "value": "{{$.x}}""# : ""
                let write =
                    #"{"operations": [{"op": "\#(op)", "collection": "c", "key": "\#(key)k"\#(value)}]}"#
                #expect(Self.codes(write, to: "write") == [codes, codes])
            }
            let get = #"{"collection": "c", "key": "\#(key)k"}"#
            #expect(Self.codes(get, to: "get") == [[], []])
        }
        let id = String(repeating: "i", count: count)
        let found = CheckSeesThrough.codes(
            #""t": {"component": "count"}, "c": {"component": "conversation"}"#,
            #"{"from": "t.out", "to": "c.append", "map": {"conversationId": "\#(id)", "messages": [1]}}"#,
            inputs: #""in": "t.in""#)
        #expect(found == ["E020"])
    }

    @Test func theLongestKeyIsAccepted() {
        let key = String(repeating: "k", count: 32_768)
        let map = #"{"collection": "c", "key": "\#(key)", "value": 1}"#
        #expect(Self.codes(map, to: "put") == [[], []])
    }

    @Test func oneOfSeveralInjectedMessagesThatWorksIsEnough() {
        func codes(_ messages: String) -> [String] {
            CheckSeesThrough.codes(
                #""i": {"component": "inject", "settings": {"messages": \#(messages)}}, "#
                    + CheckSeesThrough.store, #""i.out -> s.update""#)
        }
        let both = #"{"collection": "c", "key": "k", "patch": 1, "append": 1}"#
        let neither = #"{"collection": "c", "key": "k"}"#
        let one = #"{"collection": "c", "key": "k", "patch": 1}"#
        #expect(codes("[\(both), \(neither)]").count == 1)
        #expect(codes("[\(both), \(one)]") == [])
    }

    @Test func valuesThatAreMadeUpForParametersSayNothing() {
        func codes(_ nodes: String, _ edges: String) -> [String] {
            let text = """
                {"parameters": {"c": {"schema": {"type": "string"}}, "k": {"schema": {"enum": ["", "k"]}}},
                 "nodes": {\(nodes), "l": {"component": "log"}, \(CheckSeesThrough.store)},
                 "edges": [\(edges)], "inputs": {"in": "t.in"}, "onError": "log"}
                """
            var loader = FlowLoader(registry: .builtIn)
            loader.assumesParameters = true
            return loader.load(Array(text.utf8), path: "flow.json").diagnostics.map(\.code)
        }
        let map = #"{"collection": "${c}", "key": "${k}", "value": 1}"#
        #expect(
            codes(
                #""t": {"component": "transform", "settings": {"map": \#(map)}}"#,
                #""t.out -> l.in", "l.out -> s.put""#) == [])
        #expect(
            codes(
                #""t": {"component": "log"}"#,
                #"{"from": "t.out", "to": "l.in", "map": \#(map)}, "l.out -> s.put""#) == [])
        let write =
            #"{"operations": [{"op": "delete", "collection": "c", "key": "${k}"}, "#
            + #"{"op": "delete", "collection": "c", "key": "${c}"}]}"#
        #expect(
            codes(
                #""t": {"component": "log"}"#,
                #""t.out -> l.in", {"from": "l.out", "to": "s.write", "map": \#(write)}"#) == [])
    }

    @Test func aMisspeltMemberBesideARuleIsNamed() {
        let map = #"{"collection": "c", "key": "k", "patch": 1, "ifRevison": 1}"#
        let edge = CheckSeesThrough.codes(
            #""t": {"component": "count"}, \#(CheckSeesThrough.store)"#,
            #"{"from": "t.out", "to": "s.update", "map": \#(map)}"#, inputs: #""in": "t.in""#)
        #expect(edge == ["E018"])
    }
}
