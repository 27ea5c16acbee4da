import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

/// What the page "Which join?" says.
@Suite struct JoinPageTests {
    private let blocks = DocumentationPage("joins.md").jsonBlocks

    private func plan(_ text: String) throws -> Plan {
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "joins.json")
        #expect(flow.diagnostics.map(\.rendered) == [])
        return try #require(flow.plan)
    }

    @Test func theExampleOfJoinPasses() throws {
        let result = TestRunner(registry: .builtIn)
            .run(Array(try #require(blocks.first).utf8), path: "joins.test.json")
        #expect(result.diagnostics.map(\.rendered) == [])
        #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
    }

    @Test func manyOrdersFindOneCustomerByALookup() throws {
        let flow = try Harness(plan(#require(blocks.last)))
        try flow.send(["collection": "customers", "key": "c1", "value": "Ada"], to: "customer")
        let orders = [1, 2, 3].map { order -> JSON in
            ["collection": "customers", "key": "c1", "context": ["id": JSON(order)]]
        }
        let joined = try flow.send(orders, to: "order").all("joined")
        #expect(joined.map { $0["order"]?["id"] } == [1, 2, 3])
        #expect(joined.allSatisfy { $0["customer"] == "Ada" })
        let other: JSON = ["collection": "customers", "key": "c2", "context": ["id": 4]]
        #expect(try flow.send(other, to: "order").only("joined")["customer"] == .null)
    }

    @Test func thePartsOfAMessageMeetByItsLineage() throws {
        let flow = try Harness(
            plan(
                """
                { "onError": "log", "nodes": {
                    "p": { "component": "transform", "settings": { "map": "{{$.p}}" } },
                    "s": { "component": "delay", "settings": { "milliseconds": 10 } },
                    "start": { "component": "transform", "settings": { "map": "{{$}}" } },
                    "both": { "component": "join",
                              "settings": { "inputs": ["price", "stock"], "key": "lineage()" } } },
                  "edges": [ "start.out -> p.in", "start.out -> s.in", "p.out -> both.price",
                             "s.out -> both.stock" ],
                  "inputs": { "in": "start.in" },
                  "outputs": { "out": "both.out", "rest": "both.incomplete" } }
                """))
        try flow.send([["p": 1], ["p": 2]], to: "in")
        let joined = try flow.advance(milliseconds: 100).all("out")
        #expect(
            joined.map { $0["values"] } == [
                ["price": 1, "stock": ["p": 1]], ["price": 2, "stock": ["p": 2]],
            ])
    }

    @Test(arguments: [
        (#""outputs": { "o": "j.out" }"#, true),
        (#""outputs": { "o": "j.out", "i": "j.incomplete" }"#, false),
        (#""outputs": { "o": "j.out" }, "edges": [ "j.incomplete -> l.in" ]"#, false),
    ]) func aRemainderThatNothingTakesIsAWarning(members: String, isWarned: Bool) throws {
        let text = """
            { "nodes": { "j": { "component": "join", "settings": { "inputs": ["a", "b"], "key": "$.id" } },
                         "l": { "component": "log" } }, \(members), "onError": "log",
              "inputs": { "a": "j.a", "b": "j.b", "l": "l.in" } }
            """
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "a.json")
        let found = flow.diagnostics.filter { $0.code == "W127" }
        #expect(found.count == (isWarned ? 1 : 0))
        #expect(found.allSatisfy { $0.column == 14 && $0.message.contains("`j.incomplete`") })
    }
}
