import SluiceJSON
import SluiceSystem
import Testing

@testable import SluiceStress

/// The model that whole stores are compared with.
@Suite struct ModelTests {
    private static func model(keys: Int = 8, style: KeySpace.Style = .plain) -> Model {
        var random = SplitMix(seed: 1)
        return Model(
            keys: KeySpace(count: keys, style: style, collections: ["b"], random: &random))
    }

    private static func put(_ key: Int, _ text: String, seconds: Int? = nil) -> Operation {
        let bytes = Array(text.utf8)
        return Operation(kind: .put(StoredValue(bytes), text: bytes, seconds: seconds), key: key)
    }

    private static func write(_ operations: Operation...) -> Batch {
        Batch(port: .write, operations: operations)
    }

    @Test func deletesOfAbsentKeysTakeNoRevision() {
        var model = Self.model()
        let batch = Self.write(
            Self.put(0, "1"), Operation(kind: .delete, key: 1), Self.put(2, "2"))
        model.send(batch, number: 1, now: 0)
        #expect(model.pending[0].outcome == .written([1, nil, 2]))
        #expect(model.acknowledged == 0)
        model.settle(1)
        #expect(model.acknowledged == 2)
    }

    @Test func conditionsLookAtTheStateBeforeTheBatch() {
        var model = Self.model()
        model.send(Self.write(Self.put(0, "1")), number: 1, now: 0)
        var failing = Self.put(0, "2")
        failing.ifRevision = 0
        model.send(Self.write(Self.put(1, "1"), failing), number: 2, now: 0)
        #expect(model.pending[1].outcome == .conflict(operation: 1, revision: 1))
        #expect(model.revision == 1)
    }

    @Test func aKillLeavesWholeBatchesInOrder() throws {
        var model = Self.model()
        model.send(Self.write(Self.put(0, "1")), number: 1, now: 0)
        model.send(Self.write(Self.put(0, "2"), Self.put(1, "2")), number: 2, now: 0)
        model.send(Self.write(Self.put(0, "3")), number: 3, now: 0)
        model.settle(1)
        var left = model
        try left.reconcile(revision: 3)
        #expect(left.changes[left.newest[0]].value == StoredValue(Array("2".utf8)))
        #expect(left.lastingRecords == 2)
        #expect(left.lastingBytes == 2 * (32 + 7 + 1))
    }

    @Test(arguments: [(0, "lost"), (2, "atomic"), (5, "revision")])
    func aKillLeavesNothingElse(revision: Int, name: String) {
        var model = Self.model()
        model.send(Self.write(Self.put(0, "1")), number: 1, now: 0)
        model.send(Self.write(Self.put(0, "2"), Self.put(1, "2")), number: 2, now: 0)
        model.settle(1)
        do throws(Finding) {
            try model.reconcile(revision: revision)
            Issue.record("revision \(revision) was accepted")
        } catch {
            #expect(error.name == name)
        }
    }

    @Test func whatAFullStoreRefusedIsTakenOutAndTheRestIsForetoldAnew() {
        var model = Self.model()
        model.send(Self.write(Self.put(0, "1")), number: 1, now: 0)
        model.send(Self.write(Self.put(1, "2")), number: 2, now: 0)
        model.failFull(at: 0)
        #expect(model.pending[1].outcome == .written([1]))
        #expect(model.revision == 1)
        #expect(model.newest[0] == -1)
    }

    @Test func expiryIsUnsureOnlyAroundItsInstant() {
        var model = Self.model()
        model.send(Self.write(Self.put(0, "1", seconds: 1)), number: 1, now: 10_000)
        model.bound(10_200)
        #expect(model.presence(0, at: 10_500) == .present)
        #expect(model.presence(0, at: 11_100) == .unsure)
        #expect(model.presence(0, at: 11_500) == .absent)
        #expect(model.counted(at: 10_500).records == 1...1)
        #expect(model.counted(at: 11_500).records == 0...1)
    }

    @Test(arguments: [
        (nil, Operation.Kind.append(item: 3, keepLast: 2), "[3]"),
        ("[1,2]", .append(item: 3, keepLast: 2), "[2,3]"),
        (nil, .patch(member: "m1", number: 5), #"{"m1":5}"#),
        (#"{"m0":1,"m1":2}"#, .patch(member: "m0", number: 7), #"{"m0":7,"m1":2}"#),
        (#"{"m0":1,"m1":2}"#, .patch(member: "m0", number: nil), #"{"m1":2}"#),
    ])
    func updatesAreForetold(old: String?, kind: Operation.Kind, new: String) {
        let operation = Operation(kind: kind, key: 0)
        let value = operation.updated(old.map { StoredValue(Array($0.utf8)) })
        #expect(String(decoding: value.short, as: UTF8.self) == new)
    }

    @Test func aReaderSeesTheStoreAsItWasAtOneMoment() throws {
        var model = Self.model()
        for (number, text) in ["1", "2", "3"].enumerated() {
            let batch = Self.write(Self.put(0, text), Self.put(1, text))
            model.send(batch, number: number, now: 0)
        }
        func sees(_ first: Int, _ second: Int, after least: Int) throws -> Bool {
            var records = Records()
            for (key, revision) in [(0, first), (1, second)] {
                let value = model.changes[revision - 1].value.map { $0.short } ?? []
                let text = String(decoding: value, as: UTF8.self)
                let json = try JSON(
                    parsing: #"{"key":"k00000\#(key)","value":\#(text),"revision":\#(revision)}"#)
                try records.add(json, collection: 0, keys: model.keys)
            }
            return model.isSnapshot(records, of: 0, after: least, from: 0, through: 0)
        }
        #expect(try sees(3, 4, after: 2))
        #expect(try sees(3, 2, after: 2))
        #expect(try !sees(3, 4, after: 5))
        #expect(try !sees(1, 4, after: 0))
    }

    @Test func bothNormalFormsAreKeysOfTheirOwn() {
        let keys = Self.model(keys: 40, style: .odd).keys
        #expect(keys.number(collection: 0, key: "\u{e9}".utf8) != nil)
        #expect(keys.number(collection: 0, key: "e\u{301}".utf8) != nil)
        #expect(
            keys.number(collection: 0, key: "\u{e9}".utf8)
                != keys.number(collection: 0, key: "e\u{301}".utf8))
        #expect(Set(keys.keys).count == 40)
    }

    @Test func aSeedTellsAllOfAPlan() {
        func plan(_ seed: UInt64) -> String {
            var random = SplitMix(seed: seed)
            var plan = LifeKind.mixed.plan(&random, smaller: 1)
            let settings = plan.settings(&random, liveBytes: 0, isFirst: true)
            plan.steps += 1
            return "\(plan) \(settings) \(plan.phases(&random, isFirst: true))"
        }
        #expect(plan(7) == plan(7))
        #expect(Set((0..<20).map(plan)).count == 20)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")])
    func keysOnCommandLinesAreBase64(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == Array(text.utf8))
    }
}
