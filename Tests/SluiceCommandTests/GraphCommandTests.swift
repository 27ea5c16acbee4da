import Testing

@Suite struct GraphCommandTests {
    private static let files = [
        "flow.json": #"""
        { "name": "say \"<hi>\" & #1",
          "nodes": { "a": { "component": "./inner.json" }, "b-1": { "component": "filter", "settings": { "when": "$.x" } },
                     "bad": { "component": "log" } },
          "edges": [ "a.done -> b-1.in", { "from": "b-1.rejected", "to": "a.start", "feedback": true },
                     "b-1.error -> bad.in" ],
          "inputs": { "in": "a.start" }, "outputs": { "out": "b-1.out", "failed": "a.error" } }
        """#,
        "inner.json": """
        { "nodes": { "c": { "component": "transform", "settings": { "map": 1 } },
                     "deep": { "component": "./deep.json" } },
          "edges": [ "c.out -> deep.x" ], "inputs": { "start": "c.in" }, "outputs": { "done": "deep.y" } }
        """,
        "deep.json": """
        { "nodes": { "d": { "component": "count" } }, "inputs": { "x": "d.in" }, "outputs": { "y": "d.out" } }
        """,
    ]

    private static let mermaid = #"""
        ---
        title: "say \"<hi>\" & #1"
        ---
        flowchart LR
            i0(["in"])
            n2["b-1<br/>filter"]
            n3["bad<br/>log"]
            subgraph f0 ["a"]
                n0["c<br/>transform"]
                subgraph f1 ["deep"]
                    n1["d<br/>count"]
                end
            end
            o0(["out"])
            o1(["failed"])
            i0 -->|"in"| n0
            n0 -->|"out → in"| n1
            n1 -->|"out → in"| n2
            n2 -.->|"rejected → in"| n0
            n2 -->|"error → in"| n3
            n2 -->|"out"| o0
            n0 -->|"error"| o1
            n1 -->|"error"| o1
            linkStyle 4,6,7 stroke-dasharray: 8 4

        """#

    private static let dot = #"""
        digraph "say \"<hi>\" & #1" {
            graph [rankdir=LR, fontname="Helvetica"];
            node [shape=box, fontname="Helvetica"];
            edge [fontname="Helvetica", fontsize=10];
            i0 [label="in", style=rounded];
            o0 [label="out", style=rounded];
            o1 [label="failed", style=rounded];
            n2 [label="b-1\nfilter"];
            n3 [label="bad\nlog"];
            subgraph cluster_f0 {
                label="a";
                n0 [label="c\ntransform"];
                subgraph cluster_f1 {
                    label="deep";
                    n1 [label="d\ncount"];
                }
            }
            i0 -> n0 [label="in"];
            n0 -> n1 [label="out → in"];
            n1 -> n2 [label="out → in"];
            n2 -> n0 [label="rejected → in", style=dotted, constraint=false];
            n2 -> n3 [label="error → in", style=dashed];
            n2 -> o0 [label="out"];
            n0 -> o1 [label="error", style=dashed];
            n1 -> o1 [label="error", style=dashed];
        }

        """#

    @Test(arguments: [
        CommandCase(["graph", "flow.json"], output: mermaid),
        CommandCase(["graph", "flow.json", "--format", "mermaid"], output: mermaid),
        CommandCase(["graph", "flow.json", "--format", "dot"], output: dot),
        CommandCase(
            ["graph", "flow.json", "--format", "png"], errors: ["one of mermaid, dot"], code: 2),
        CommandCase(["graph", "variable.json"], output: "", errors: ["[E015]"], code: 3),
        CommandCase(["graph", "variable.json", "--env", "variables"]),
        CommandCase(["graph", "variable.json", "--env", "variables", "--set", "f.when=$.y"]),
        CommandCase(
            ["graph", "flow.json", "--set", "f.when=$.y"], errors: ["the flow has no node `f`"],
            code: 2),
        CommandCase(["graph", "broken.json"], output: "", errors: ["broken.json:1:"], code: 3),
    ]) func aFlowIsDrawn(line: CommandCase) throws {
        let folder = ScratchFolder(
            Self.files.merging([
                "broken.json": #"{ "nodes": {} }"#, "variables": "WHERE=log\n",
                "variable.json": #"""
                { "nodes": { "f": { "component": "filter", "settings": { "when": "$.x == ${WHERE}" } } },
                  "inputs": { "in": "f.in" }, "outputs": { "out": "f.out", "no": "f.rejected" } }
                """#,
            ]) { $1 })
        try line.check(in: folder)
    }

    /// It would end the text, and what follows be taken for more of the graph.
    @Test(arguments: ["dot", "mermaid"])
    func aQuoteThatAMarkCombinesWithIsEscaped(format: String) throws {
        let folder = ScratchFolder([
            "flow.json": #"""
            { "name": "a\"\u0301];x", "nodes": { "c": { "component": "count" } },
              "inputs": { "in": "c.in" } }
            """#
        ])
        let outcome = try Sluice().run(["graph", "flow.json", "--format", format], in: folder)
        #expect(
            outcome.output.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
                String(line)?.unicodeScalars.map(String.init).joined(separator: " ")
                    .contains("a \\ \" \u{301} ] ; x") == true
            })
    }
}
