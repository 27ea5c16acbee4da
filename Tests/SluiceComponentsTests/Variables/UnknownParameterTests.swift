import Sluice
import SluiceComponents
import SluiceJSON
import Testing

/// Flows that are looked at without values for the parameters that they have to be given.
@Suite struct LookingAtFlowsWithoutTheirParameters {
    static let parameters = """
        {"n": {"schema": {"type": "integer", "minimum": 3}}, "s": {"schema": {"type": "string"}}, "any": {}}
        """

    @Test(arguments: [
        ("delay", #"{"milliseconds": "${n}"}"#), ("delay", #"{"milliseconds": "${any}"}"#),
        ("log", #"{"label": "${s}"}"#),
        ("transform", #"{"map": {"a": "{{$.x * ${n}}}", "b": "${s}"}}"#),
        ("filter", #"{"when": "$.n > ${n} && $.s == '${s}'"}"#), ("filter", #"{"when": "${any}"}"#),
        ("transform", #"{"map": "{{$.l[?@.n < ${n}]}}"}"#),
        ("transform", #"{"map": "{{length(${any})}}"}"#),
        ("transform", #"{"map": "{{${s} * 2}}"}"#),
    ])
    func nothingIsWrong(component: String, settings: String) {
        let loaded = flow(component, settings, parameters: Self.parameters, assuming: true)
        #expect(errors(loaded) == [])
        let run = flow(component, settings, parameters: Self.parameters)
        #expect(run.diagnostics.map(\.code).contains("E015"))
    }

    @Test func aValueThatCanNeverFitIsFound() {
        let loaded = flow(
            "delay", #"{"milliseconds": "${s}"}"#, parameters: Self.parameters, assuming: true)
        #expect(loaded.diagnostics.map(\.code).contains("E014"))
    }

    @Test func storesThatMayAgreeAreNotSaidToDiffer() {
        func node(_ size: String) -> String {
            #"{"component": "document_store", "settings": {"maxSizeMB": "${\#(size)}", "#
                + #""collections": [{"name": "c"}]}}"#
        }
        let text = """
            {"parameters": {"a": {"schema": {"type": "integer", "minimum": 5}}, "b": {}},
             "nodes": {"x": \(node("a")), "y": \(node("b"))}, "onError": "log",
             "inputs": {"x": "x.put", "y": "y.put"}}
            """
        var loader = FlowLoader(registry: .builtIn)
        loader.assumesParameters = true
        #expect(loader.load(Array(text.utf8), path: "flow.json").diagnostics == [])
    }

    @Test func everythingElseIsFound() {
        let loaded = flow(
            "transform", #"{"map": {"a": "${n}", "b": "{{uper($.x)}}", "c": "${NOT_SET}"}}"#,
            parameters: Self.parameters, assuming: true)
        #expect(errors(loaded).map { $0.prefix(4) } == ["E015"])
    }
}
