import SluiceJSON
import SluiceTesting
import Testing

@Suite struct DelayTests {
    @Test func holdsAMessageBack() throws {
        let delay = try node("delay", ["milliseconds": 500])
        #expect(try delay.send(1, to: "in").isEmpty)
        #expect(delay.advance(milliseconds: 499).isEmpty)
        #expect(try delay.advance(milliseconds: 1).only("out") == 1)
    }

    @Test func messagesWaitInTurnWithoutConcurrency() throws {
        let delay = try node("delay", ["milliseconds": 500])
        try delay.send([1, 2], to: "in")
        #expect(delay.advance(milliseconds: 500)["out"] == [1])
        #expect(delay.advance(milliseconds: 500)["out"] == [2])
    }

    @Test func messagesWaitSideBySideWithConcurrency() throws {
        let delay = try node("delay", ["milliseconds": 500], concurrency: 3)
        try delay.send([1, 2, 3], to: "in")
        #expect(delay.advance(milliseconds: 500)["out"] == [1, 2, 3])
    }

    @Test func timeCannotRunBackwards() throws {
        #expect(try refusedSetting(of: "delay", ["milliseconds": -1]) == "$.milliseconds")
    }
}
