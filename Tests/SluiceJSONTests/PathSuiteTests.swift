import SluiceJSON
import Testing

/// The JSONPath compliance test suite (RFC 9535).
@Suite(.enabled(if: Suites.areThere)) struct PathSuiteTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let test: JSON
        var testDescription: String { test["name"]?.string ?? "?" }
        var selector: String { test["selector"]?.string ?? "" }
        var isInvalid: Bool { test["invalid_selector"]?.bool ?? false }
    }

    static let cases: [Case] = {
        let suite = Suites.bytes(of: "jsonpath-cts/cts.json").flatMap { try? JSON(parsing: $0) }
        return suite?["tests"]?.elements.map { Case(test: $0) } ?? []
    }()

    @Test(arguments: cases.filter { !$0.isInvalid })
    func validSelectorsGiveTheResult(of suite: Case) throws {
        let path = try JSONPath(suite.selector)
        let document = try #require(suite.test["document"])
        let values = try JSON(array: path.values(in: document))
        let expected = suite.test["result"].map { [$0] } ?? Array(suite.test["results"]!.elements)
        #expect(expected.contains(values))

        let nodes = path.nodes(in: document)
        #expect(try JSON(array: nodes.map(\.value)) == values)
        let paths = try JSON(array: nodes.map { JSON($0.path) })
        let alternatives =
            suite.test["result_paths"].map { [$0] }
            ?? suite.test["results_paths"].map { Array($0.elements) }
        #expect(try #require(alternatives).contains(paths))

        let first = path.first(in: document)
        #expect(first == nodes.first?.value)
        for node in nodes { #expect(try JSONPath(node.path).first(in: document) == node.value) }
    }

    @Test(arguments: cases.filter(\.isInvalid)) func invalidSelectorsAreRefused(suite: Case) {
        #expect(throws: JSONPathError.self) { try JSONPath(suite.selector) }
    }

    @Test func theSuiteIsComplete() {
        #expect(Self.cases.count == 703)
    }
}
