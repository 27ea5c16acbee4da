import SluiceJSON
import SluiceTesting
import Testing

@Suite struct FilterTests {
    @Test func passesOnWhatTheConditionIsTrueOf() throws {
        let filter = try node("filter", ["when": "$.age >= 18"])
        let received = try filter.send([["age": 18], ["age": 17], [:], ["age": 99]], to: "in")
        #expect(received["out"] == [["age": 18], ["age": 99]])
        #expect(received["rejected"] == [["age": 17], [:]])
    }

    @Test func aConditionThatIsNoBooleanFailsTheMessage() throws {
        let filter = try node("filter", ["when": "$.age"])
        #expect(try filter.send(["age": 18], to: "in").only("error")["code"] == "mapping_failed")
    }

    @Test func aBrokenConditionIsRefused() throws {
        #expect(try refusedSetting(of: "filter", ["when": "("]) == "$.when")
        #expect(try refusedSetting(of: "filter", [:]) == "$.when")
    }
}
