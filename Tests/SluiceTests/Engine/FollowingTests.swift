import Sluice
import SluiceJSON
import SluiceTesting
import Synchronization
import Testing

/// Emits numbers by itself, as many as it is told.
enum Numbers: Component {
    static let about = About("numbers", "Emits numbers")
    struct Settings: Message {
        var count = 0
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("count", &count)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let emitted = Atomic<Int>(0)
        let told = ports.output("told", Int.self, isOnDemand: true)
        ports.source(
            .following, feeding: told,
            isCaughtUp: { emitted.load(ordering: .relaxed) == settings.count }
        ) { source in
            for number in 0..<settings.count {
                try await source.emit(number, on: told)
                emitted.wrappingAdd(1, ordering: .relaxed)
            }
            source.noteCaughtUp()
            _ = await source.sleep(milliseconds: .max)
        }
        ports.input("none", JSON.self) { _, _ in }
    }
}

/// Takes one message and no other until `b` has come.
enum Gate: Component {
    static let about = About("gate", "Takes one message on `a` for each on `b`")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("a", JSON.self) { message, turn in
            try turn.emit(message, on: out)
            turn.pauseInput("a")
        }
        ports.input("b", JSON.self) { _, turn in turn.resumeInput("a") }
    }
}

@Suite struct FollowingSources {
    static func flow(_ edges: String) throws -> Plan {
        let text = """
            { "nodes": { "numbers": { "component": "numbers", "settings": { "count": 200 } },
                         "gate": { "component": "gate" } },
              "edges": [ \(edges) ],
              "inputs": { "b": "gate.b" }, "outputs": { "out": "gate.out" } }
            """
        let registry = ComponentRegistry([Gate.self, Numbers.self])
        let loaded = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
        return try #require(loaded.plan, "\(loaded.diagnostics)")
    }

    @Test func aSourceThatNobodyHearsDoesNotRun() throws {
        let plan = try Self.flow("")
        #expect(!plan.hasSources)
        let flow = try Harness(plan)
        #expect(flow.result()?.nodes.first?.emitted == 0)
    }

    @Test func aSourceThatWaitsForRoomForEverIsStuck() throws {
        let plan = try Self.flow(#""numbers.told -> gate.a""#)
        #expect(plan.hasSources)
        let result = try #require(Harness(plan).result())
        #expect(result.stuck.contains { $0.hasPrefix("numbers.told -> gate.a: ") })
        #expect(result.lost.count == 1)
    }

    @Test func aPortOnDemandIsLeftOutUnlessAskedFor() throws {
        #expect(try Harness(Numbers.self, settings: ["count": 2]).received().isEmpty)
        let heard = try Harness(Numbers.self, settings: ["count": 2], listening: ["told"])
        #expect(heard.received()["told"] == [0, 1])
    }
}
