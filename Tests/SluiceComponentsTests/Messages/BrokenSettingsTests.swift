import Sluice
import SluiceComponents
import Testing

@Suite struct BrokenSettings {
    @Test(arguments: [
        (
            #"{ "component": "transform", "settings": { "map": ["{{$.x >}}", "{{uper($)}}"] } }"#,
            ["E016", "E016"]
        ),
        (
            """
            { "component": "router", "settings": { "routes": [
                { "name": "default", "when": "$.x >" }, { "name": "a", "when": "$.y = 1" }] } }
            """, ["E014", "E016", "E016"]
        ),
        (
            #"{ "component": "join", "settings": { "inputs": ["a", "a", "error"], "key": "$.x >" } }"#,
            ["E014", "E014", "E016"]
        ),
        (
            """
            { "component": "document_store", "settings": { "path": "../x", "collections": [
                { "name": " " }, { "name": "a" }, { "name": "a" }] } }
            """, ["E014", "E014", "E014", "E010"]
        ),
    ])
    func allMistakesOfANodeAreFoundAtOnce(_ node: String, _ codes: [String]) throws {
        let flow = FlowLoader(registry: .builtIn).load(
            Array(#"{ "nodes": { "n": \#(node) }, "inputs": { "in": "n.in" } }"#.utf8),
            path: "flow.json")
        #expect(flow.diagnostics.map(\.code) == codes)
        #expect(Set(flow.diagnostics.map { [$0.line, $0.column] }).count == codes.count)
    }
}
