import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Two handlers for one port, of which the second would never run.
private enum Twice: Component {
    static let about = About("twice", "Declares a port twice")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.input("in", JSON.self) { _, _ in }
        ports.input("in", JSON.self) { _, _ in }
        _ = ports.output("out", JSON.self)
        _ = ports.output("out", String.self)
    }
}

/// Names that no edge could lead to.
private enum Unsayable: Component {
    static let about = About("unsayable", "Has ports that nothing can be connected to")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.input("my port", JSON.self) { _, _ in }
        _ = ports.output("error", JSON.self)
        ports.requests("ask", Note.self, causing: ["answer"]) {
            (_: [Delivery<Note>], _) async in
        }
    }
    struct Note: Message {
        mutating func members(_ m: inout Members) throws(Failure) {}
    }
}

private enum PathName: Component {
    static let about = About("my/component", "Has the name of a flow file")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {}
}

/// Rules that say nothing about the values that they are for.
private enum Rules: Component {
    static let about = About("rules", "Has rules of the wrong kind")
    struct Settings: Message {
        var count = 0
        var text = "long"
        var many: [Inner] = []
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("count", &count, .length(1...3))
            try m.optional("text", &text, .length(1...3))
            try m.optional("many", &many, .items(0...2))
            try m.optional("x-note", &text)
        }
    }
    struct Inner: Message {
        var a = ""
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("a", &a, .range(1...3))
            try m.required("a", &a)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {}
}

/// Emits on an output that another node's component has.
private enum Thief: Component {
    static let about = About("thief", "Emits on another component's output")
    static let stolen: Output<String> = {
        var ports = Ports()
        _ = ports.output("a", JSON.self)
        _ = ports.output("b", JSON.self)
        return ports.output("c", String.self)
    }()
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        _ = ports.output("out", String.self)
        ports.input("in", String.self) { text, turn in try turn.emit(text, on: stolen) }
    }
}

private enum Feeder: Component {
    static let about = About("feeder", "Has a source for another component's output")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.source(.finite, feeding: Thief.stolen) { _ in }
    }
}

@Suite struct DeclarationTests {
    private static let broken: [(any Component.Type, [String])] = [
        (Twice.self, ["two inputs have the name `in`", "two outputs have the name `out`"]),
        (
            Unsayable.self,
            [
                "no flow file can say the name of the input `my port`",
                "the output `error` is there by itself",
                "input `ask` causes `answer`, which is no output",
            ]
        ),
        (PathName.self, ["no flow file can say the name of the component `my/component`"]),
        (
            Rules.self,
            [
                "`count` is an integer, and its rule is one for string",
                "the default of `text` must have 1 to 3 characters",
                "`many`: `a` is a string, and its rule is one for number",
                "`many`: two members have the name `a`",
                "no flow file can say the setting `x-note`",
            ]
        ),
        (Feeder.self, ["a source feeds an output of another component"]),
    ]

    @Test(arguments: broken.indices) func mistakesAreToldByTheRegistry(index: Int) throws {
        let (component, texts) = Self.broken[index]
        let mistakes = ComponentRegistry([component, Shout.self]).mistakes
        #expect(mistakes.count == 1)
        for text in texts { #expect(mistakes.first?.contains(text) == true, "\(text)") }
    }

    @Test func aFlowWithABrokenComponentIsRefused() throws {
        let loader = FlowLoader(registry: ComponentRegistry([Twice.self]))
        let flow = loader.load(
            Array(
                #"{ "nodes": { "a": { "component": "twice" } }, "inputs": { "x": "a.in" } }"#.utf8),
            path: "a.json")
        #expect(flow.plan == nil)
        #expect(
            flow.diagnostics.map { "\($0.code) \($0.column) \($0.message)" } == [
                "E008 34 the component `twice` cannot be used: two inputs have the name `in`; "
                    + "two outputs have the name `out`"
            ])
        #expect(throws: Failure.self) { try Harness(Twice.self) }
    }

    @Test func anOutputOfAnotherComponentIsAFailure() throws {
        let thief = try Harness(Thief.self)
        let failure = try thief.send("a", to: "in").only("error")
        #expect(failure["code"] == "foreign_output")
    }

    @Test func soundComponentsHaveNoMistakes() {
        #expect(testRegistry.mistakes == [])
    }
}
