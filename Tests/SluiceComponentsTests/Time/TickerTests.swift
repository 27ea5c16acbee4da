import Sluice
import SluiceComponents
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

    @Test func ticksThatCannotLeaveAreLeftOut() throws {
        let flow = """
            { "nodes": { "t": { "component": "ticker", "settings": { "everyMs": 100 } },
                         "d": { "component": "delay", "settings": { "milliseconds": 1000 } } },
              "edges": [{ "from": "t.out", "to": "d.in", "capacity": 1 }],
              "outputs": { "out": "d.out" } }
            """
        let loaded = FlowLoader(registry: .builtIn).load(Array(flow.utf8), path: "flow.json")
        let harness = try Harness(#require(loaded.plan))
        let ticks = try harness.advance(milliseconds: 60_000).all("out")
        #expect(ticks.indices.allSatisfy { ticks[$0]["tick"] == JSON($0 + 1) })
        let times = ticks.compactMap { $0["time"]?.int }
        #expect(times.count == 59)
        #expect(times.allSatisfy { ($0 - Self.start) % 100 == 0 })
        #expect(zip(times, times.dropFirst()).dropFirst(5).allSatisfy { $1 - $0 == 1000 })
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
