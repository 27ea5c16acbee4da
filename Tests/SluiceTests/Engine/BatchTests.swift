import Glibc
import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Takes 100 ms a message; a timer that is set by the first is due in the middle of it.
private enum Timed: Component {
    static let about = About("timed", "Takes a time for each message")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        let timer = ports.timer { turn in try turn.emit("tick", on: out) }
        ports.input("in", Int.self) { number, turn async throws in
            if number == 1 { turn.schedule(timer, afterMilliseconds: 50) }
            try await turn.sleep(milliseconds: 100)
            try await turn.emit(JSON(number), on: out)
        }
    }
}

/// Sets a timer that is due before the handler takes it back, or sets it anew where it got `true`.
private enum TakingBack: Component {
    static let about = About("taking_back", "Takes a timer back that is due")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        let timer = ports.timer { turn in try turn.emit("tick", on: out) }
        ports.input("in", Bool.self) { isSetAnew, turn async throws in
            turn.schedule(timer, afterMilliseconds: 50)
            try await turn.sleep(milliseconds: 100)
            if isSetAnew {
                turn.schedule(timer, afterMilliseconds: 50)
            } else {
                turn.cancel(timer)
            }
        }
    }
}

/// Takes nothing more after each message until a timer lets it.
private enum Halting: Component {
    static let about = About("halting", "Pauses its input after each message")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.pausesInputs = true
        let out = ports.output("out", Int.self)
        let timer = ports.timer { turn in turn.resumeInput("in") }
        ports.input("in", Int.self) { number, turn in
            turn.pauseInput("in")
            turn.schedule(timer, afterMilliseconds: 10)
            try turn.emit(number, on: out)
        }
    }
}

/// Takes batches, and pauses its input for a while after each.
private enum HaltingBatch: Component {
    static let about = About("halting_batch", "Pauses its input after each batch")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.pausesInputs = true
        let out = ports.output("out", Int.self)
        let timer = ports.timer { turn in turn.resumeInput("in") }
        ports.batch("in", Int.self) { deliveries, turn in
            for delivery in deliveries {
                turn.pauseInput("in")
                turn.schedule(timer, afterMilliseconds: 10)
                try? turn.emit(delivery.message, on: out, for: delivery)
            }
        }
    }
}

/// Emits each number for itself and all that came before it.
private enum Folding: Component {
    static let about = About("folding", "Emits for all messages up to now")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        let last = Lock<Turn.Hold?>(nil)
        ports.input("in", Int.self) { number, turn async throws in
            let holds = [last.withLock { $0 }, turn.hold()].compactMap { $0 }
            try await turn.emit(number, on: out, for: holds)
        }
        ports.input("back", Int.self) { (_: Int, turn: borrowing Turn) async in
            let hold = turn.hold()
            last.withLock { $0 = hold }
        }
    }
}

/// Two ports beside each other, each of which says when it has ended.
private enum Beside: Component {
    struct Request: Message {
        var number = 0
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("number", &number)
        }
    }
    static let about = About("beside", "Says which input has ended")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let first = ports.output("first", String.self)
        let second = ports.output("second", String.self)
        ports.requests("a", Request.self, causing: ["first"]) {
            (request: Request, turn: borrowing Turn) in
            try turn.emit("a\(request.number)", on: first)
        }
        ports.requests("b", Request.self, causing: ["second"]) {
            (request: Request, turn: borrowing Turn) in
            try turn.emit("b\(request.number)", on: second)
        }
        ports.onInputEnd("a") { turn in try await turn.emit("a has ended", on: first) }
        ports.onInputEnd("b") { turn in try await turn.emit("b has ended", on: second) }
    }
}

/// Emits one number.
private enum Once: Component {
    static let about = About("once", "Emits one number")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.source(.finite) { source in try await source.emit(1, on: out) }
    }
}

/// Tells when all that a message caused is done.
private enum Noticing: Component {
    static let about = About("noticing", "Emits numbers and tells of those that are done")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        let done = ports.output("done", Int.self)
        let count = Counter()
        ports.source(.finite) { source in
            for number in 0..<3 {
                try await source.emit(number, on: out, whenDone: { _ in count.add() })
            }
            for _ in 0..<3 {
                _ = await source.sleep(milliseconds: 150)
                try await source.emit(count.value, on: done)
            }
        }
    }
}

private final class Counter: Sendable {
    private let count = Lock(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

/// What a node takes at once.
@Suite struct Batches {
    private func harness(_ text: String, seed: UInt64) throws -> Harness {
        let registry = ComponentRegistry([
            Timed.self, TakingBack.self, Halting.self, HaltingBatch.self, Folding.self,
            Noticing.self, Beside.self, Once.self,
        ])
        let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
        return try Harness(#require(flow.plan), seed: seed)
    }

    @Test(arguments: 1...5) func aTimerThatIsDueComesBeforeTheRestOfABatch(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "t": { "component": "timed" } },
              "inputs": { "in": "t.in" }, "outputs": { "out": "t.out" } }
            """, seed: seed)
        try flow.send([1, 2, 3], to: "in")
        #expect(flow.advance(milliseconds: 1000)["out"] == [1, "tick", 2, 3])
    }

    @Test(arguments: 1...5) func aTimerThatIsDueCanBeTakenBackAndSetAnew(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "t": { "component": "taking_back" } },
              "inputs": { "in": "t.in" }, "outputs": { "out": "t.out" } }
            """, seed: seed)
        try flow.send(false, to: "in")
        #expect(flow.advance(milliseconds: 1000)["out"] == [])
        try flow.send(true, to: "in")
        #expect(flow.advance(milliseconds: 140)["out"] == [])
        #expect(flow.advance(milliseconds: 1000)["out"].count == 1)
        #expect(flow.result()?.stuck == [])
    }

    @Test(arguments: 1...5) func theRestOfABatchWaitsForAPausedInput(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "h": { "component": "halting" } },
              "inputs": { "in": "h.in" }, "outputs": { "out": "h.out" } }
            """, seed: seed)
        let numbers = (0..<100).map { JSON($0) }
        #expect(try flow.send(numbers, to: "in")["out"] == [0])
        #expect(flow.advance(milliseconds: 10)["out"] == [1])
        #expect(flow.advance(milliseconds: 2000)["out"] == Array(numbers.dropFirst(2)))
        #expect(flow.finish().isEmpty)
    }

    @Test(arguments: 1...5) func aMessageOfABatchIsDoneBeforeTheNextIs(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "n": { "component": "noticing" }, "t": { "component": "timed" } },
              "edges": [ "n.out -> t.in" ],
              "outputs": { "done": "n.done", "out": "t.out" } }
            """, seed: seed)
        #expect(flow.advance(milliseconds: 1000)["done"] == [1, 2, 3])
    }

    @Test(arguments: 1...5) func aPauseHoldsForBatchesToo(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "h": { "component": "halting_batch" } },
              "inputs": { "in": "h.in" }, "outputs": { "out": "h.out" } }
            """, seed: seed)
        #expect(try flow.send([1, 2, 3], to: "in")["out"] == [1])
        #expect(flow.advance(milliseconds: 100)["out"] == [2, 3])
        #expect(flow.finish().isEmpty)
        #expect(flow.result()?.stuck == [])
    }

    @Test(arguments: 1...5) func portsBesideEachOtherEndOneByOne(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "o": { "component": "once" }, "n": { "component": "beside" } },
              "edges": [ { "from": "o.out", "to": "n.a", "map": { "number": "{{$}}" } } ],
              "inputs": { "b": "n.b" },
              "outputs": { "first": "n.first", "second": "n.second" } }
            """, seed: seed)
        let received = try flow.send(["number": 1], to: "b")
        #expect(received["first"] == ["a1", "a has ended"])
        #expect(received["second"] == ["b1"])
        #expect(flow.finish()["second"] == ["b has ended"])
    }

    @Test func manyMessagesThatJoinedOneAfterTheOtherAreDoneOnASmallStack() throws {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { attributes.deallocate() }
        pthread_attr_init(attributes)
        pthread_attr_setstacksize(attributes, 256 << 10)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, attributes,
            { _ in
                Batches.failuresOfFolding.withLock { $0 = try? Batches().fold(5_000) }
                return nil
            }, nil)
        try #require(status == 0)
        pthread_join(thread, nil)
        #expect(Self.failuresOfFolding.withLock { $0 } == 0)
    }

    private static let failuresOfFolding = Lock<Int?>(nil)

    private func fold(_ count: Int) throws -> Int {
        let flow = try harness(
            """
            { "nodes": { "f": { "component": "folding" } },
              "edges": [ { "from": "f.out", "to": "f.back", "feedback": true } ],
              "inputs": { "in": "f.in" } }
            """, seed: 1)
        try flow.send((0..<count).map { JSON($0) }, to: "in")
        return flow.finish().failures.count
    }
}
