import SluiceJSON
import SluiceTesting
import Testing

@Suite struct RouterTests {
    static let settings: JSON = [
        "routes": [
            ["name": "large", "when": "$.n > 100"],
            ["name": "medium", "when": "$.n > 10"],
            ["name": "named", "when": "$.name"],
        ]
    ]

    @Test(
        arguments: [
            (["n": 101], "large"), (["n": 11], "medium"), (["n": 10], "default"),
            (["n": 1, "name": true], "named"), ([:], "default"), ("text", "default"),
        ] as [(JSON, String)])
    func theFirstRouteThatFitsTakesTheMessage(message: JSON, port: String) throws {
        let router = try node("router", Self.settings)
        #expect(try router.send(message, to: "in").only(port) == message)
    }

    @Test func aConditionThatFailsFailsTheMessage() throws {
        let router = try node("router", Self.settings)
        let failure = try router.send(["n": "text"], to: "in").only("error")
        #expect(failure["code"] == "mapping_failed")
        #expect(failure["error"]?.string?.hasPrefix("`$.n > 100`: ") == true)
    }

    @Test(
        arguments: [
            ([["name": "a b", "when": "true"]], "$.routes[0].name"),
            ([["name": "", "when": "true"]], "$.routes[0].name"),
            ([["name": "default", "when": "true"]], "$.routes[0].name"),
            ([["name": "error", "when": "true"]], "$.routes[0].name"),
            ([["name": "a", "when": "true"], ["name": "a", "when": "true"]], "$.routes[1].name"),
            (
                [["name": "a", "when": "true"], ["name": "b", "when": "$.x >"]], "$.routes[1].when"
            ),
            ([["name": "a"]], "$.routes[0].when"),
            ([], "$.routes"),
        ] as [(JSON, String)])
    func routesThatDoNotWorkAreRefused(routes: JSON, path: String) throws {
        #expect(try refusedSetting(of: "router", ["routes": routes]) == path)
    }
}
