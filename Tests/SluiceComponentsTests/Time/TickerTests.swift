import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct TickerTests {
    static let start = 1_767_225_600_000

    @Test func ticksAtItsTimes() throws {
        let ticker = try node("ticker", ["everyMs": 250])
        #expect(ticker.advance(milliseconds: 249).isEmpty)
        #expect(
            try ticker.advance(milliseconds: 1).only("out")
                == ["tick": 1, "time": JSON(Self.start + 250)])
        let ticks = try ticker.advance(milliseconds: 1000).all("out")
        #expect(ticks.map { $0["tick"] } == [2, 3, 4, 5])
        #expect(ticks.last?["time"] == JSON(Self.start + 1250))
    }

    @Test func theFirstTickMayComeAtOnce() throws {
        let ticker = try node("ticker", ["everyMs": 250, "immediately": true])
        let first = try ticker.advance(milliseconds: 0).only("out")
        #expect(first == ["tick": 1, "time": JSON(Self.start)])
        #expect(try ticker.advance(milliseconds: 250).only("out")["tick"] == 2)
    }

    @Test func endsWithTheInputs() throws {
        let ticker = try node("ticker", ["everyMs": 250])
        ticker.advance(milliseconds: 300)
        #expect(ticker.finish().isEmpty)
        #expect(ticker.advance(milliseconds: 1000).isEmpty)
        let result = try #require(ticker.result())
        #expect(result.stuck.isEmpty && result.lost.isEmpty)
    }

    @Test func timeHasToPassBetweenTicks() throws {
        #expect(try refusedSetting(of: "ticker", ["everyMs": 0]) == "$.everyMs")
    }
}
