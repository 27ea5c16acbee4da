import SluiceJSON
import SluiceTesting
import Testing

@Suite struct TransformTests {
    @Test func makesAMessageFromAMessage() throws {
        let transform = try node(
            "transform", ["map": ["id": "{{$.chat}}/{{$.at}}", "all": "{{$}}"]])
        let made = try transform.send(["chat": "c", "at": 7], to: "in").only("out")
        #expect(made == ["id": "c/7", "all": ["chat": "c", "at": 7]])
    }

    @Test func aMessageWithoutAValueFailsAndTheNextIsMade() throws {
        let transform = try node("transform", ["map": "{{$.a}}"])
        let received = try transform.send([["b": 1], ["a": 2]], to: "in")
        #expect(received["out"] == [2])
        let failure = try #require(received["error"].first)
        #expect(failure["code"] == "mapping_failed")
        #expect(failure["message"] == ["b": 1])
        #expect(failure["error"]?.string?.contains("$.a") == true)
    }

    @Test func aBrokenTemplateIsRefusedWithItsPlace() throws {
        #expect(try refusedSetting(of: "transform", ["map": ["a": ["{{$.x +}}"]]]) == "$.map.a[0]")
        #expect(try refusedSetting(of: "transform", ["map": "{{$.x +}}"]) == "$.map")
        #expect(try refusedSetting(of: "transform", [:]) == "$.map")
    }
}
