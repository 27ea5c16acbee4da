import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// What a store says it held, against a list of all that was written to it.
@Suite struct DocumentStoreHistoryProperties {
    private struct Write {
        var key: String
        /// Nil for a delete.
        var value: Int?
        var expiresAt: Int64?
    }

    /// A store with small segments, so that compaction is always at work, and what it should hold.
    private struct Trial {
        let folder: DataFolder
        var node: Harness
        /// In order of revision, the first at 1.
        var writes: [Write] = []
        var elapsed: Int64 = 0
        var random: SplitMix
        let text = JSON(String(repeating: "x", count: 20_000))

        init(seed: UInt64) throws {
            folder = try DataFolder()
            random = SplitMix(seed: seed)
            node = try Self.open(folder)
        }

        static func open(_ folder: DataFolder) throws -> Harness {
            try store([("maxSizeMB", 1), ("keepRevisions", 40)], folder: folder.path)
        }

        mutating func step() throws {
            let key = "k\(Int.random(in: 0..<5, using: &random))"
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                advance(by: 1000)
            case 1:
                node = try Self.open(reopening())
                let passed = elapsed
                elapsed = 0
                advance(by: passed)
            case 2...5:
                let request: JSON = ["collection": "c", "key": JSON(key)]
                if try node.ask("delete", request)["deleted"] == true {
                    writes.append(Write(key: key))
                }
            default:
                try put(key, ttl: Bool.random(using: &random) ? 2 : nil)
            }
        }

        private mutating func put(_ key: String, ttl: Int?) throws {
            let number = writes.count + 1
            let value: JSON = ["n": JSON(number), "text": text]
            let reply = try node.ask("put", DocumentStoreLimits.put(key, value, ttl: ttl))
            #expect(reply["revision"]?.int == number)
            writes.append(
                Write(key: key, value: number, expiresAt: ttl.map { now + Int64($0) * 1000 }))
        }

        /// The folder, once nobody owns the store.
        private mutating func reopening() -> DataFolder {
            node.finish()
            return folder
        }

        private mutating func advance(by milliseconds: Int64) {
            node.advance(milliseconds: milliseconds)
            elapsed += milliseconds
        }

        var now: Int64 { SeededScheduler.epoch + elapsed }

        func value(of write: Write) -> Int? {
            (write.expiresAt ?? .max) <= now ? nil : write.value
        }

        /// The oldest revision that may be asked for.
        func horizon() throws -> Int {
            let answer = try node.send(DocumentStoreHistory.key("k0", asOf: 0), to: "get")
            return answer["error"].first?["details"]?["oldest"]?.int ?? 0
        }

        func check() throws {
            let horizon = try horizon()
            #expect(horizon <= max(0, writes.count - 40))
            for key in (0..<5).map({ "k\($0)" }) {
                for revision in stride(from: horizon, through: writes.count, by: 7) {
                    let last = writes[..<revision].last { $0.key == key }
                    let reply = try node.ask("get", DocumentStoreHistory.key(key, asOf: revision))
                    #expect(reply["value"]?["n"]?.int == last.flatMap(value), "\(key) \(revision)")
                }
                try checkHistory(of: key, horizon)
            }
        }

        private func checkHistory(of key: String, _ horizon: Int) throws {
            let mine = writes.indices.filter { writes[$0].key == key }
            let first = mine.last { $0 < horizon }
            let kept = mine.filter { $0 >= horizon } + (first.map { [$0] } ?? [])
            let listed = kept.sorted(by: >).filter {
                $0 >= horizon || value(of: writes[$0]) != nil
            }
            let versions = try DocumentStoreHistory.versions(of: key, in: node)
            #expect(versions.map { $0["revision"]?.int } == listed.map { $0 + 1 })
            #expect(versions.map { $0["value"]?["n"]?.int } == listed.map { value(of: writes[$0]) })
            #expect(
                versions.map { $0["op"] }
                    == listed.map { value(of: writes[$0]) == nil ? "delete" : "put" })
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func whatWasThereIsToldRightWhateverIsCompacted(seed: UInt64) throws {
        var trial = try Trial(seed: seed)
        for round in 1...8 {
            for _ in 0..<40 { try trial.step() }
            try trial.check()
            if round == 8 { #expect(try trial.horizon() > 0, "nothing was compacted") }
        }
    }
}
