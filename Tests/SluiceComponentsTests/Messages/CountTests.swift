import SluiceJSON
import SluiceTesting
import Testing

@Suite struct CountTests {
    @Test func passesMessagesOnAndGivesTheTotalAtTheEnd() throws {
        let count = try node("count")
        #expect(try count.send(["a", "b"], to: "in").all("out") == ["a", "b"])
        #expect(try count.send("c", to: "in").only("out") == "c")
        #expect(try count.finish().only("total") == ["count": 3])
    }

    @Test func nothingIsCountedAsZero() throws {
        #expect(try node("count").finish().only("total") == ["count": 0])
    }
}
