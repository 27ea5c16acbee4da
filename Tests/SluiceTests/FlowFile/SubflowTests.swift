import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Flow files in a folder of their own.
final class FlowFolder {
    let path: String

    init(_ files: [String: String]) throws {
        path = try Folder.temporary()
        for (name, text) in files { try FileStream.write(Array(text.utf8), to: "\(path)/\(name)") }
    }

    deinit { Folder.remove(path) }

    func load(_ name: String) -> LoadedFlow {
        FlowLoader(registry: testRegistry).load("\(path)/\(name)")
    }
}

@Suite struct Subflows {
    static let inner = """
        { "parameters": { "mark": { "schema": { "type": "string" }, "default": "." } },
          "nodes": { "s": { "component": "shout", "settings": { "mark": "${mark}" } } },
          "inputs": { "say": "s.in" }, "outputs": { "said": "s.out" } }
        """

    @Test func aSubflowIsAComponentWithParameters() throws {
        let folder = try FlowFolder([
            "inner.json": Subflows.inner,
            "outer.json": """
            { "nodes": { "a": { "component": "./inner.json" },
                         "b": { "component": "./inner.json", "settings": { "mark": "!!" } } },
              "edges": [ "a.said -> b.say" ],
              "inputs": { "in": "a.say" }, "outputs": { "out": "b.said" } }
            """,
        ])
        let harness = try Harness(#require(folder.load("outer.json").plan))
        #expect(try harness.send("x", to: "in").only("out") == "X.!!")
    }

    @Test func whatASubflowDoesNotHandleLeavesByItsErrorPort() throws {
        let folder = try FlowFolder([
            "inner.json": Subflows.inner,
            "outer.json": """
            { "nodes": { "a": { "component": "./inner.json" } },
              "inputs": { "in": "a.say" }, "outputs": { "failed": "a.error" } }
            """,
        ])
        let harness = try Harness(#require(folder.load("outer.json").plan))
        let failure = try harness.send(7, to: "in").only("failed")
        #expect(failure["node"] == "a/s")
    }

    @Test func parametersAreChecked() throws {
        let folder = try FlowFolder([
            "inner.json": Subflows.inner,
            "outer.json": """
            { "nodes": { "a": { "component": "./inner.json", "settings": { "mark": 1, "mrak": 2 } } },
              "inputs": { "in": "a.say" }, "outputs": { "failed": "a.error" } }
            """,
        ])
        let found = folder.load("outer.json").diagnostics.filter { $0.file.hasSuffix("outer.json") }
        #expect(found.map(\.code) == ["E014", "E013"])
    }

    @Test func aVariableGivesAParameterAValueOfItsType() throws {
        let folder = try FlowFolder([
            "inner.json": """
            { "parameters": { "n": { "schema": { "type": "integer" } },
                              "text": { "schema": { "type": "string" } } },
              "nodes": { "s": { "component": "shout", "settings": { "mark": "${text}" } } },
              "inputs": { "say": "s.in" }, "outputs": { "said": "s.out" } }
            """,
            "outer.json": """
            { "nodes": { "a": { "component": "./inner.json",
                                "settings": { "n": "${N:-12}", "text": "${N:-12}" } } },
              "inputs": { "in": "a.say" }, "outputs": { "out": "a.said" } }
            """,
        ])
        let harness = try Harness(#require(folder.load("outer.json").plan))
        #expect(try harness.send("x", to: "in").only("out") == "X12")
    }

    @Test(arguments: [
        (#"{}"#, ["E006 1:34"]),
        (#"{ "n": "x" }"#, ["E014 1:69"]),
        (#"{ "n": "${NOT_SET_ANYWHERE}" }"#, ["E015 1:70"]),
    ])
    func aParameterWithoutAValueIsNotedOnce(_ settings: String, _ expected: [String]) throws {
        let folder = try FlowFolder([
            "inner.json": """
            { "parameters": { "n": { "schema": { "type": "integer" } } },
              "nodes": { "s": { "component": "shout", "settings": { "mark": "${n}" } } },
              "inputs": { "say": "s.in" }, "outputs": { "said": "s.out" } }
            """,
            "outer.json":
                #"{ "nodes": { "a": { "component": "./inner.json", "settings": \#(settings)"#
                + #" } }, "inputs": { "in": "a.say" }, "outputs": { "out": "a.said" } }"#,
        ])
        let found = folder.load("outer.json").diagnostics
        #expect(found.map { "\($0.code) \($0.line):\($0.column)" } == expected)
    }

    @Test func aSubflowThatContainsItselfIsRefused() throws {
        let folder = try FlowFolder([
            "a.json": #"{ "nodes": { "b": { "component": "./b.json" } } }"#,
            "b.json": #"{ "nodes": { "a": { "component": "./a.json" } } }"#,
        ])
        let found = try #require(folder.load("a.json").diagnostics.first)
        #expect(found.code == "E022")
        #expect(found.message.contains("a.json -> b.json -> a.json"))
    }

    @Test func aMissingSubflowAndAFolderAreNamed() throws {
        let folder = try FlowFolder([
            "outer.json": #"{ "nodes": { "b": { "component": "./none.json" } } }"#
        ])
        #expect(folder.load("outer.json").diagnostics.map(\.code) == ["E001"])
        #expect(folder.load(".").diagnostics.map(\.code) == ["E001"])
        #expect(folder.load("none.json").diagnostics.map(\.code) == ["E001"])
    }

    @Test func anExportedErrorThatNobodyTakesIsNotLost() throws {
        let folder = try FlowFolder([
            "inner.json": """
            { "nodes": { "s": { "component": "shout" } },
              "inputs": { "say": "s.in" }, "outputs": { "said": "s.out", "failed": "s.error" } }
            """,
            "outer.json": """
            { "nodes": { "a": { "component": "./inner.json" } },
              "inputs": { "in": "a.say" }, "outputs": { "out": "a.said" } }
            """,
        ])
        let harness = try Harness(#require(folder.load("outer.json").plan))
        #expect(try harness.send(7, to: "in").failures.count == 1)
    }
}
