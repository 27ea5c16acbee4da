import SluiceJSON
import SluiceTesting
import Testing

@Suite struct SplitTests {
    @Test(
        arguments: [
            ([:], [1, [2], .null]),
            (["path": "$.items"], ["items": [1, [2], .null]]),
            (["path": "$.rows[*].v"], ["rows": [["v": 1], ["v": [2]], ["v": .null]]]),
        ] as [(JSON, JSON)])
    func emitsEveryElement(settings: JSON, message: JSON) throws {
        let split = try node("split", settings)
        #expect(try split.send(message, to: "in").all("out") == [1, [2], .null])
    }

    @Test func emitsMoreThanAnEdgeHolds() throws {
        let elements = (0..<5000).map { JSON($0) }
        let split = try node("split")
        #expect(try split.send(JSON(array: elements), to: "in").all("out") == elements)
    }

    @Test func anEmptyArrayEmitsNothing() throws {
        #expect(try node("split").send([], to: "in").isEmpty)
    }

    @Test func whatIsNoArrayFailsWithItsPlace() throws {
        let split = try node("split", ["path": "$.items"])
        let failure = try split.send(["items": 1], to: "in").only("error")
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"]?["path"] == "$.items")
        #expect(try split.send(["item": 1], to: "in").only("error")["code"] == "mapping_failed")
    }

    @Test func aBrokenPathIsRefused() throws {
        #expect(try refusedSetting(of: "split", ["path": "$.["]) == "$.path")
    }
}
