import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import Testing

/// The text that a diagnostic has its marks under.
func marked(_ diagnostic: Diagnostic) -> String {
    let lines = diagnostic.rendered.split(separator: "\n").map { Array($0.unicodeScalars) }
    guard let marks = lines.firstIndex(where: { $0.contains("^") && !$0.contains("\"") }), marks > 0
    else { return "" }
    let places = lines[marks].indices.filter {
        lines[marks][$0] == "^" && $0 < lines[marks - 1].count
    }
    return String(String.UnicodeScalarView(places.map { lines[marks - 1][$0] }))
}

/// What is found without running: an error where a flow always fails, else a warning.
@Suite struct CheckSeesThrough {
    static let store =
        #""s": {"component": "document_store", "settings": {"collections": [{"name": "c"}]}}"#

    static func codes(
        _ nodes: String, _ edges: String = "", inputs: String = "", outputs: String = "",
        more: String = ""
    ) -> [String] {
        check(nodes, edges, inputs: inputs, outputs: outputs, more: more).map(\.code)
    }

    static func check(
        _ nodes: String, _ edges: String = "", inputs: String = "", outputs: String = "",
        more: String = ""
    ) -> [Diagnostic] {
        let text = """
            {\(more)"nodes": {\(nodes)}, "edges": [\(edges)], "inputs": {\(inputs)},
             "outputs": {\(outputs)}, "onError": "log"}
            """
        return FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "flow.json").diagnostics
    }

    static func transform(_ map: String, to verb: String = "put") -> [String] {
        codes(
            #""t": {"component": "transform", "settings": {"map": \#(map)}}, \#(store)"#,
            #""t.out -> s.\#(verb)""#, inputs: #""in": "t.in""#)
    }

    @Test(arguments: [
        (#"{"a": 1}"#, ["E017", "E017", "E017"]),
        (#"{"collection": "c", "key": "{{length($)}}", "value": 1}"#, ["E020"]),
        (#"{"collection": "zzz", "key": "k", "value": 1}"#, ["E020"]),
        (#"{"collection": "c", "key": "", "value": 1}"#, ["E020"]),
        (#"{"collection": "c", "key": "{{$.id}}", "value": 1}"#, []),
        (#"{"collection": "{{$.c}}", "key": "{{$.id}}", "value": "{{$}}"}"#, []),
    ])
    func behindATransform(map: String, expected: [String]) {
        #expect(Self.transform(map) == expected)
    }

    @Test(arguments: ["filter", "log", "delay"])
    func behindWhatPassesMessagesOn(component: String) {
        let settings = [
            "filter": #"{"when": "$.collection == 'zzz'"}"#, "delay": #"{"milliseconds": 1}"#,
        ]
        let found = Self.codes(
            #""t": {"component": "transform", "settings": {"map": {"collection": "zzz", "key": "k"}}}, "#
                + #""n": {"component": "\#(component)", "settings": \#(settings[component] ?? "{}")}, "#
                + Self.store, #""t.out -> n.in", "n.out -> s.get""#, inputs: #""in": "t.in""#)
        #expect(found == ["E020"])
    }

    @Test(arguments: [
        (#"{"collection": "c", "where": "$.a >"}"#, ["E020"]),
        (#"{"collection": "c", "where": "$.a > 1"}"#, []),
        (#"{"collection": "c", "where": "{{$.w}}"}"#, []),
        (#"{"collection": "d"}"#, ["E020"]),
    ])
    func aFindOfLiterals(map: String, expected: [String]) {
        #expect(Self.transform(map, to: "find") == expected)
        let edge = Self.codes(
            #""t": {"component": "count"}, \#(Self.store)"#,
            #"{"from": "t.out", "to": "s.find", "map": \#(map)}"#, inputs: #""in": "t.in""#)
        #expect(edge == expected)
    }

    @Test func aPathThatTheStoreNeverGivesIsFoundInATransform() {
        let found = Self.check(
            #""t": {"component": "transform", "settings": {"map": {"v": "{{$.values}}"}}}, "#
                + #""l": {"component": "log"}, \#(Self.store)"#,
            #""s.get_ok -> t.in", "t.out -> l.in""#, inputs: #""in": "s.get""#)
        #expect(found.map(\.code) == ["E019"])
        #expect(found.first?.suggestion == "did you mean `value`?")
        #expect(found.first.map { marked($0) } == "values")
    }

    @Test(arguments: [
        (#"{"when": "$.values == 1"}"#, ["W123"]), (#"{"when": "$.revision > 'a'"}"#, ["E019"]),
        (#"{"when": "$.found && $.revision > 'a'"}"#, ["W123"]),
        (#"{"when": "$.value == 1"}"#, []),
    ])
    func aConditionThatIsNeverTrueIsAWarning(settings: String, expected: [String]) {
        let found = Self.codes(
            #""f": {"component": "filter", "settings": \#(settings)}, "l": {"component": "log"}, "#
                + Self.store, #""s.get_ok -> f.in", "f.out -> l.in""#, inputs: #""in": "s.get""#)
        #expect(found == expected)
    }

    @Test(arguments: [
        (#"{"path": "$.key"}"#, ["E019"]), (#"{"path": "$.itms"}"#, ["E019"]),
        (#"{"path": "$.items"}"#, []), (#"{"path": "$.items[*].value"}"#, []), ("{}", ["E019"]),
    ])
    func aPathOfSplitThatNoMessageHas(settings: String, expected: [String]) {
        let found = Self.codes(
            #""p": {"component": "split", "settings": \#(settings)}, "l": {"component": "log"}, "#
                + Self.store, #""s.find_ok -> p.in", "p.out -> l.in""#, inputs: #""in": "s.find""#)
        #expect(found == expected)
    }

    @Test(arguments: ["{{$.x ?? number('a')}}", "{{$.x == 1 ? 2 : 1 / 0}}"])
    func aPartBehindAGuardThatFailsWhereItIsReachedIsAWarning(map: String) {
        let found = Self.codes(
            #""t": {"component": "transform", "settings": {"map": "\#(map)"}}"#,
            inputs: #""in": "t.in""#, outputs: #""out": "t.out""#)
        #expect(found == ["W123"])
    }

    @Test(arguments: ["{{'a' * 2}}", "{{length(1)}}", "{{!'a'}}", "{{$.x + 1 && true}}"])
    func aConstantTypeErrorIsFoundOnUntypedPorts(map: String) {
        let node = Self.codes(
            #""t": {"component": "transform", "settings": {"map": "\#(map)"}}"#,
            inputs: #""in": "t.in""#, outputs: #""out": "t.out""#)
        #expect(node == ["E019"])
        let edge = Self.codes(
            #""a": {"component": "count"}, "l": {"component": "log"}"#,
            #"{"from": "a.out", "to": "l.in", "map": "\#(map)"}"#, inputs: #""in": "a.in""#)
        #expect(edge == ["E019"])
    }

    @Test func portsOfANodeWithBrokenSettingsAreCheckedToo() {
        let found = Self.codes(
            #""l": {"component": "log", "settings": {"lable": "x"}}, "d": {"component": "delay", "#
                + #""settings": {"milliseconds": "long"}}, "f": {"component": "filter", "settings": "#
                + #"{"when": "$.a >"}}"#,
            #""l.outt -> d.in", "d.out -> f.inn", "f.rejectd -> l.in""#)
        #expect(found.sorted() == ["E010", "E010", "E010", "E013", "E014", "E016"])
    }

    @Test func portsOfAStoreDoNotDependOnWhatIsBroken() {
        let found = Self.codes(
            #""s": {"component": "document_store", "settings": {"sync": "allways", "#
                + #""colections": [{"name": "c"}]}}, "l": {"component": "log"}"#,
            #""s.put_okk -> l.in", "l.out -> s.putt""#)
        #expect(found.sorted() == ["E010", "E010", "E013", "E014", "E014"])
    }

    @Test func whatADefaultCatchesIsAWarning() {
        let transform = #"{"component": "transform", "settings": {"map": "{{$.b ?? 0}}"}}"#
        let found = Self.codes(
            #""i": {"component": "inject", "settings": {"messages": [{"a": 1}]}}, "t": \#(transform)"#,
            #""i.out -> t.in""#, outputs: #""o": "t.out""#)
        #expect(found == ["W123"])
    }

    @Test func portsThatBrokenSettingsNameAreNotGuessed() {
        let found = Self.codes(
            #""j": {"component": "join", "settings": {"inputs": ["a b", "c"], "key": "$"}}, "#
                + #""r": {"component": "router", "settings": {"routes": [{"name": "x", "when": "("}]}}"#,
            #""r.x -> j.c", "r.default -> j.d""#)
        #expect(found == ["E014", "E016"])
    }

    @Test func nodesOfOneStoreHaveToAgree() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        try Folder.create("\(folder)/data/real")
        try #require(symlink("real", "\(folder)/data/link") == 0)
        func found(_ first: String, _ second: String) -> [String] {
            var loader = FlowLoader(registry: .builtIn)
            loader.dataDirectory = "\(folder)/data"
            func node(_ path: String, _ size: Int) -> String {
                #"{"component": "document_store", "settings": {"path": "\#(path)", "maxSizeMB": \#(size),"#
                    + #" "collections": [{"name": "c"}]}}"#
            }
            let text = """
                {"nodes": {"a": \(node(first, 1)), "b": \(node(second, 2))}, "onError": "log",
                 "inputs": {"a": "a.put", "b": "b.put"}}
                """
            return loader.load(Array(text.utf8), path: "flow.json").diagnostics.map(\.code)
        }
        #expect(found("x", "./x") == ["E040"])
        #expect(found("real", "link") == ["E040"])
        #expect(found("real", "\(folder)/data/real") == ["E040"])
        #expect(found("x", "y") == [])
    }

    @Test func twoReadersOfStandardInputAreRefused() {
        let reader = #"{"component": "jsonl_reader", "settings": {"path": "-"}}"#
        let csv = #"{"component": "csv_reader", "settings": {"path": "-"}}"#
        #expect(
            Self.codes(
                #""a": \#(reader), "b": \#(csv)"#, outputs: #""x": "a.out", "y": "b.out""#)
                == ["E041"])
        let writer = #"{"component": "jsonl_writer", "settings": {"path": "-"}}"#
        #expect(Self.codes(#""a": \#(reader), "b": \#(writer)"#, #""a.out -> b.in""#) == [])
    }

    @Test(arguments: ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev/../dev/stdin"])
    func standardInputHasOneReaderByWhateverName(path: String) {
        func reader(_ path: String) -> String {
            #"{"component": "jsonl_reader", "settings": {"path": "\#(path)"}}"#
        }
        for (first, second) in [("-", path), (path, "-"), (path, path)] {
            let nodes = #""a": \#(reader(first)), "b": \#(reader(second))"#
            #expect(Self.codes(nodes, outputs: #""x": "a.out", "y": "b.out""#) == ["E041"])
        }
    }

    @Test func standardInputHasOneReaderByALinkToo() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        try #require(symlink("/dev/stdin", "\(folder)/link") == 0)
        let text = """
            {"nodes": {"a": {"component": "jsonl_reader", "settings": {"path": "link"}},
                       "b": {"component": "csv_reader", "settings": {"path": "-"}}},
             "outputs": {"x": "a.out", "y": "b.out"}, "onError": "log"}
            """
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "\(folder)/f.json")
        #expect(flow.diagnostics.map(\.code) == ["E041"])
    }

    @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    func writersOfStandardOutputHaveToAgree(path: String) {
        func codes(_ first: String, _ append: Bool, _ second: String) -> [String] {
            Self.codes(
                #""a": {"component": "jsonl_writer", "settings": {"path": "\#(first)", "append": \#(append)}}, "#
                    + #""b": {"component": "jsonl_writer", "settings": {"path": "\#(second)"}}"#,
                inputs: #""x": "a.in", "y": "b.in""#)
        }
        for (first, second) in [("-", path), (path, "-"), (path, path)] {
            #expect(codes(first, true, second) == ["E042"])
            #expect(codes(first, false, second) == [])
        }
    }

    @Test func anInputOfJoinThatNothingFeedsIsAWarning() {
        let found = Self.codes(
            #""j": {"component": "join", "settings": {"inputs": ["a", "b"], "key": "$"}}"#,
            inputs: #""x": "j.a""#, outputs: #""y": "j.out", "z": "j.incomplete""#)
        #expect(found == ["W122"])
    }

    @Test func aNodeThatOnlyEmitsAndIsNotHeardIsAWarning() {
        let filter = #""f": {"component": "filter", "settings": {"when": "$.a"}}"#
        #expect(Self.codes(filter, inputs: #""x": "f.in""#) == ["W121"])
        #expect(
            Self.codes(filter, inputs: #""x": "f.in""#, outputs: #""y": "f.rejected""#) == [])
    }

    @Test func aParameterThatNothingReadsIsAWarning() {
        func found(_ label: String) -> [String] {
            Self.codes(
                #""l": {"component": "log", "settings": {"label": "\#(label)"}}"#,
                inputs: #""x": "l.in""#, more: #""parameters": {"p": {"default": "1"}}, "#)
        }
        #expect(found("p") == ["W120"])
        #expect(found("${p}") == [])
        #expect(found("${HOME:-${p}}") == [])
    }

    @Test func aMapThatNestsTooDeepIsRefused() {
        let deep =
            String(repeating: "[", count: 490) + #""${A:-1}""# + String(repeating: "]", count: 490)
        let found = Self.check(
            #""t": {"component": "transform", "settings": {"map": \#(deep)}}"#,
            inputs: #""in": "t.in""#, outputs: #""out": "t.out""#)
        #expect(found.contains { $0.severity == .error })
    }

    @Test func notesInsideOfSettingsAreAccepted() {
        let found = Self.codes(
            #""s": {"component": "document_store", "settings": {"x-why": "${NOT_SET}", "#
                + #""collections": [{"name": "c", "x-of": {"a": 1}}], "sync": {"everyMs": 5, "x-n": 1}}}"#,
            inputs: #""in": "s.put""#)
        #expect(found == [])
    }

    @Test func missingNodesAreOneFinding() {
        let text = """
            {"edges": ["a.out -> b.in", "b.out -> c.in"], "inputs": {"x": "a.in"}, "outputs": {"y": "c.out"}}
            """
        let found = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "f.json")
            .diagnostics
        #expect(found.map(\.code) == ["E006"])
    }

    @Test func aMisspeltWordListsAllForms() {
        let found = Self.check(
            #""s": {"component": "document_store", "settings": {"sync": "allways", "#
                + #""collections": [{"name": "c"}]}}"#)
        let wanted = #""always", "never", or an object with `everyMs`"#
        #expect(found.contains { $0.code == "E014" && $0.message.contains(wanted) })
        #expect(found.contains { $0.suggestion == "did you mean `always`?" })
    }
}

@Suite struct BrokenJSON {
    @Test(arguments: [
        ("{\n  \"nodes\": {\n    \"a\": {}\n", "the `{` of line 2, column 12 is not closed"),
        ("{\"nodes\": [1, 2}", "the `[` of line 1, column 11 is not closed"),
        ("{\"nodes: {}\n}", "the string is not closed: its `\"` is missing"),
        ("{\"nodes", "the string is not closed: its `\"` is missing"),
    ])
    func isToldByWhatIsForgotten(text: String, expected: String) throws {
        let found = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "f.json")
            .diagnostics
        #expect(found.map(\.code) == ["E002"])
        #expect(try #require(found.first).message.contains(expected), "\(found)")
    }
}
