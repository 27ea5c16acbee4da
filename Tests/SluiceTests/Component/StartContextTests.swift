import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Uses what a node gets at its start.
private enum Diary: Component {
    static let about = About("diary", "Keeps entries and tells the time")

    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        let started = Lock<StartContext?>(nil)
        let dice = Lock<RandomStream?>(nil)
        ports.onStart { context in
            started.withLock { $0 = context }
            dice.withLock { $0 = context.randomness }
        }
        ports.onReady { context in try context.state.set("ready", to: true) }
        ports.input("set", JSON.self) { message, _ in
            guard let context = started.withLock({ $0 }) else { return }
            try context.state.set(message["key"]?.string ?? "", to: message["value"] ?? .null)
        }
        ports.input("ask", String.self) { question, turn in
            guard let context = started.withLock({ $0 }), var dice = dice.withLock({ $0 }) else {
                return
            }
            switch question {
            case "time": try turn.emit(JSON(Int(context.clock.now)), on: out)
            case "throw": try turn.emit(JSON(Int.random(in: 1...1_000_000, using: &dice)), on: out)
            case "list": try turn.emit(JSON(array: context.state.list().map { JSON($0) }), on: out)
            case "a's":
                try turn.emit(
                    JSON(array: context.state.list(prefix: "a").map { JSON($0) }), on: out)
            default:
                try turn.emit(context.state.get(question) ?? "nothing", on: out)
                context.state.delete(question)
            }
        }
    }
}

@Suite struct StartContexts {
    private static func ask(_ diary: Harness, _ question: String) throws -> JSON {
        try diary.send(JSON(question), to: "ask").only("out")
    }

    private static func set(_ diary: Harness, _ key: String, _ value: JSON) throws -> JSON? {
        try diary.send(["key": JSON(key), "value": value], to: "set").messages.first?.message
    }

    @Test func theClockIsThatOfTheRun() throws {
        let diary = try Harness(Diary.self)
        #expect(try Self.ask(diary, "time") == JSON(Int(SeededScheduler.epoch)))
        diary.advance(milliseconds: 1500)
        #expect(try Self.ask(diary, "time") == JSON(Int(SeededScheduler.epoch) + 1500))
    }

    @Test func aSeedGivesTheSameNumbersAgain() throws {
        func numbers(seed: UInt64) throws -> [JSON] {
            let diary = try Harness(Diary.self, seed: seed)
            return try (0..<5).map { _ in try Self.ask(diary, "throw") }
        }
        #expect(try numbers(seed: 7) == numbers(seed: 7))
        #expect(try numbers(seed: 7) != numbers(seed: 8))
        #expect(Set(try numbers(seed: 7).map(\.text)).count > 1)
    }

    @Test func aNodeRemembersWhatItWasTold() throws {
        let diary = try Harness(Diary.self)
        for (key, value) in [("b", 1), ("a", 2), ("ab", [3])] as [(String, JSON)] {
            #expect(try Self.set(diary, key, value) == nil)
        }
        #expect(try Self.ask(diary, "list") == ["a", "ab", "b", "ready"])
        #expect(try Self.ask(diary, "a's") == ["a", "ab"])
        #expect(try Self.ask(diary, "ab") == [3])
        #expect(try Self.ask(diary, "ab") == "nothing", "it was deleted")
        let other = try Harness(Diary.self)
        #expect(try Self.ask(other, "list") == ["ready"], "each run begins anew")
    }

    @Test func aValueHasABound() throws {
        let diary = try Harness(Diary.self)
        let most = JSON(String(repeating: "x", count: NodeState.maximumBytes - 2))
        #expect(try Self.set(diary, "k", most) == nil)
        let more = JSON(String(repeating: "x", count: NodeState.maximumBytes - 1))
        #expect(try Self.set(diary, "k", more)?["code"] == "value_too_large")
        #expect(try Self.ask(diary, "k") == most)
    }
}
