import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// What is alive of the cases of a test file at the start of each of them.
private final class Roll: Sendable {
    private struct State {
        var living = 0
        var counts: [Int] = []
        var folders: [String] = []
        var leftFolders = 0
    }

    private let state = Lock(State())

    static let byName = Lock<[String: Roll]>([:])

    static func of(_ name: String) -> Roll {
        byName.withLock { rolls in
            if let known = rolls[name] { return known }
            let made = Roll()
            rolls[name] = made
            return made
        }
    }

    func begin(in folder: String) {
        state.withLock { state in
            state.living += 1
            state.counts.append(state.living)
            // The folders of the cases before.
            state.leftFolders += state.folders.suffix(1).count { Folder.exists($0) }
            state.folders.append(Folder.containing(folder))
        }
    }

    func end() { state.withLock { $0.living -= 1 } }

    var living: Int { state.withLock(\.living) }
    var counts: [Int] { state.withLock(\.counts) }
    var leftFolders: Int {
        state.withLock { state in
            state.leftFolders + state.folders.count { Folder.exists($0) }
        }
    }
}

/// Stands for all that a node remembers in one run.
private final class Presence: Sendable {
    private let roll: Roll
    init(_ roll: Roll, in folder: String) {
        self.roll = roll
        roll.begin(in: folder)
    }
    deinit { roll.end() }
}

/// Is entered in a roll from its start until nothing is left of its run.
private enum Attend: Component {
    static let about = About("attend", "Passes messages on, some of them later")
    struct Settings: Message {
        var roll = ""
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("roll", &roll)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let presence = Lock<Presence?>(nil)
        let kept = Lock<StartContext?>(nil)
        ports.allowsConcurrency = true
        ports.onStart { context in
            kept.withLock { $0 = context }
            try Folder.create(context.dataDirectory)
            presence.withLock { $0 = Presence(.of(settings.roll), in: context.dataDirectory) }
        }
        let out = ports.output("out", JSON.self)
        ports.input("in", JSON.self) { message, turn async throws in
            guard presence.withLock({ $0 != nil }) else { throw Failure("absent", "no start") }
            if message == "later" { try await turn.sleep(milliseconds: 60_000) }
            try await turn.emit(message, on: out)
        }
    }
}

/// Test files with many cases: what one case leaves behind would make the next ones slower.
@Suite struct CasesInARow {
    /// Cases that end in every way, one after the other.
    private static let cases = {
        let ways = [
            #"{ "send": { "in": 1 }, "expect": { "out": 1 } }, { "end": true }"#,
            #"{ "send": { "in": 1 }, "expect": { "out": 1 } }"#,
            // Messages that wait for time.
            #"{ "send": { "in": "later" } }, { "end": true }"#,
            #"{ "send": { "in": ["later", "later", 1] }, "expect": { "out": 1 } }"#,
            // Cases that fail.
            #"{ "send": { "in": 1 } }, { "end": true }"#,
            #"{ "expect": { "out": 1 } }"#,
        ]
        return (0..<200).map { number in
            #"{ "name": "case \#(number)", "steps": [ \#(ways[number % ways.count]) ] }"#
        }.joined(separator: ",\n")
    }()

    private func run(_ subject: String, _ roll: Roll, flow: String? = nil) throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        if let flow { try FileStream.write(Array(flow.utf8), to: "\(folder)/f.json") }
        let runner = TestRunner(registry: ComponentRegistry([Attend.self]))
        let text = "{ \(subject), \"cases\": [ \(Self.cases) ] }"
        do {
            let result = runner.run(Array(text.utf8), path: "\(folder)/a.test.json")
            #expect(result.diagnostics.map(\.rendered) == [])
            #expect(result.cases.count == 200)
        }
        // One at a time, each gone before the next.
        #expect(roll.counts == Array(repeating: 1, count: 200))
        #expect(roll.living == 0)
        #expect(roll.leftFolders == 0)
    }

    @Test func aCaseOfAComponentLeavesNothing() throws {
        try run(
            #""component": "attend", "settings": { "roll": "component" }"#, .of("component"))
    }

    @Test(arguments: ["", #", "concurrency": 2"#, #", "timeoutMs": 120000"#])
    func aCaseOfAFlowLeavesNothing(members: String) throws {
        let name = "flow\(members.filter { $0.isLetter })"
        let flow = """
            { "nodes": { "a": { "component": "attend", "settings": { "roll": "\(name)" }\(members) } },
              "inputs": { "in": "a.in" }, "outputs": { "out": "a.out" } }
            """
        try run(#""flow": "f.json""#, .of(name), flow: flow)
    }
}
