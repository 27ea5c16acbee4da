import SluiceJSON
import Testing

/// Paths and regular expressions within a budget.
struct BudgetTests {
    /// Arrays in one another, each with a number beside the next.
    private static func nested(_ levels: Int) throws -> JSON {
        try JSON(
            parsing: String(repeating: "[0,", count: levels) + "0"
                + String(repeating: "]", count: levels))
    }

    private static func budget(nodes: Int = 1_000, steps: Int = 10_000) -> WorkBudget {
        WorkBudget(maximumNodes: nodes, steps: steps)
    }

    @Test func whatFitsGivesTheSameValues() throws {
        let document = try Self.nested(20)
        for text in ["$[1][0]", "$..*", "$..[?@ == 0]", "$[?count(@..*) > 3]", "$[5]"] {
            var budget = Self.budget()
            let path = try JSONPath(text)
            #expect(try path.values(in: document, within: &budget) == path.values(in: document))
            #expect(try path.first(in: document, within: &budget) == path.first(in: document))
            #expect(budget.steps < 10_000 && budget.steps > 0)
        }
    }

    @Test(arguments: ["$..*..*", "$[?count($..*..*) > 1]", "$..[*, *, *, *]"])
    func moreNodesThanAllowedAreAnError(_ text: String) throws {
        var budget = Self.budget(nodes: 100, steps: 1_000_000)
        let document = try Self.nested(40)
        #expect(throws: WorkBudget.Exceeded.nodes) {
            try JSONPath(text).values(in: document, within: &budget)
        }
    }

    @Test func moreContentsThanAllowedAreAnError() throws {
        let document = try Self.nested(40)
        var budget = Self.budget(nodes: 1_000, steps: 1_000_000)
        #expect(throws: WorkBudget.Exceeded.contents) {
            try JSONPath("$..*").values(in: document, within: &budget)
        }
        // A list of places holds nothing.
        #expect(throws: Never.self) {
            _ = try JSONPath("$..*").first(in: document, within: &budget)
            _ = try JSONPath("$[?count($..*) > 1]").values(in: document, within: &budget)
        }
    }

    @Test(arguments: [
        "$..*", "$..a", "$..[?@ == 1]", "$[*]", "$[0:3000]", "$[?@ == 7]", "$[?match(@, 'a')]",
        "$['a','a','a','a','a','a','a','a','a','a','a','a']",
    ])
    func moreStepsThanAllowedAreAnError(_ text: String) throws {
        let document = try JSON(array: (0..<3_000).map { JSON($0) })
        var budget = Self.budget(nodes: .max, steps: 2_000)
        #expect(throws: WorkBudget.Exceeded.steps) {
            try JSONPath(text).values(in: document, within: &budget)
        }
        // What ran out stays so.
        #expect(throws: WorkBudget.Exceeded.steps) {
            try JSONPath("$[0]").first(in: document, within: &budget)
        }
    }

    @Test func aSingularPathTakesFewSteps() throws {
        let document = try JSON(array: (0..<3_000).map { JSON($0) })
        var budget = Self.budget(steps: 1_000)
        #expect(try JSONPath("$[2999]").first(in: document, within: &budget) == 2_999)
        #expect(budget.steps > 500)
    }

    @Test func longComparisonsTakeSteps() throws {
        let text = JSON(String(repeating: "a", count: 100_000))
        let document = try JSON(array: Array(repeating: text, count: 20))
        var budget = Self.budget(steps: 10_000)
        #expect(throws: WorkBudget.Exceeded.steps) {
            try JSONPath("$[?@ == $[0]]").values(in: document, within: &budget)
        }
    }

    @Test func matchingTakesStepsForStatesAndText() throws {
        let text = String(repeating: "a", count: 10_000)
        let pattern = try IRegexp("(a{1,200}b?){1,4}c")
        var budget = Self.budget()
        #expect(throws: WorkBudget.Exceeded.steps) {
            try pattern.accepts(text, anywhere: true, within: &budget)
        }
        budget = Self.budget()
        #expect(try IRegexp("a*").accepts(text, anywhere: false, within: &budget))
        #expect(budget.steps > 1_000)
        #expect(!pattern.searches(text))
    }

    @Test func spendingIsCounted() throws {
        var budget = Self.budget(steps: 10)
        try budget.spend(10)
        #expect(budget.steps == 0)
        #expect(throws: WorkBudget.Exceeded.steps) { try budget.spend(1) }
    }

    @Test(arguments: [
        ("1", true), ("-1", true), ("12345678901234567890123", true), ("0", true), ("1.0", false),
        ("1e1", false), ("-1E2", false), ("\"1\"", false), ("null", false), ("[1]", false),
    ])
    func integersAreSpeltWithDigitsOnly(_ text: String, _ isInteger: Bool) throws {
        #expect(try JSON(parsing: text).isSpeltAsInteger == isInteger)
    }

    @Test func segmentsAreReadAsAPath() throws {
        let bytes = Array("f(x) .a['b'][1] + 1".utf8)
        let (path, end) = try JSONPath.parseSegments(of: bytes, at: 4)
        #expect(end == 15)
        #expect(path.singularSteps == [.name("a"), .name("b"), .index(1)])
        #expect(path.first(in: ["a": ["b": [1, 2]]]) == 2)
    }
}
