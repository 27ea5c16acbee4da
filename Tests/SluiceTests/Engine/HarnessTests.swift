import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Takes from `first` only once something has come by `second`.
private enum Latch: Component {
    static let about = About("gate", "Holds one input back until the other has a message")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("first", JSON.self) { message, turn in
            turn.pauseInput("first")
            try turn.emit(message, on: out)
        }
        ports.input("second", JSON.self) { _, turn in turn.resumeInput("first") }
    }
}

@Suite struct HarnessTests {
    @Test(arguments: 1...10) func aFullEdgeHoldsUpOneInputOnly(seed: UInt64) throws {
        let gate = try Harness(Latch.self, seed: seed)
        let messages = (0..<200).map { JSON($0) }
        var out = try gate.send(messages, to: "first").all("out")
        while out.count < messages.count {
            let more = try gate.send(.null, to: "second").all("out")
            try #require(!more.isEmpty)
            out += more
        }
        #expect(out == messages)
        #expect(gate.finish().isEmpty)
        #expect(throws: HarnessError.self) { try gate.send(.null, to: "second") }
    }
}
