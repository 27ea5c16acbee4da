import SluiceLogStore
import SluiceStore

/// What a store should hold: a dictionary with revisions and expiry.
struct Model: Equatable {
    struct Document: Equatable {
        var value: [UInt8]
        var revision: Int64
        var expiresAt: Int64?
    }

    private(set) var documents: [[UInt8]: Document] = [:]
    private(set) var revision: Int64 = 0
    /// The position kept under `Workload.cursor`.
    private(set) var position: Int64?

    /// An empty store.
    init() {}

    /// What was found in a store.
    init(_ documents: [[UInt8]: Document], revision: Int64, position: Int64?) {
        self.documents = documents
        self.revision = revision
        self.position = position
    }

    /// What a search found.
    static func documents(_ records: [LogStore.Record]) -> [[UInt8]: Document] {
        var found: [[UInt8]: Document] = [:]
        for record in records {
            found[record.key] = Document(
                value: record.value, revision: record.revision, expiresAt: record.expiresAt)
        }
        return found
    }

    /// How what was found differs from what was expected; empty where it does not.
    static func difference(
        _ found: [[UInt8]: Document], _ expected: [[UInt8]: Document]
    ) -> String {
        guard found != expected else { return "" }
        var text = ""
        for key in Set(found.keys).union(expected.keys) where found[key] != expected[key] {
            let name =
                key.allSatisfy { (32..<127).contains($0) }
                ? String(decoding: key, as: UTF8.self) : "\(key)"
            text += "\n  \(name): found \(Self.text(found[key]))"
            text += ", expected \(Self.text(expected[key]))"
        }
        return text
    }

    private static func text(_ document: Document?) -> String {
        guard let document else { return "nothing" }
        let expiry = document.expiresAt.map { " until \($0)" } ?? ""
        return "revision \(document.revision) of \(document.value.count) bytes\(expiry)"
    }

    /// Documents that live at a time.
    func live(at now: Int64) -> [[UInt8]: Document] {
        documents.filter { $0.value.expiresAt.map { $0 > now } ?? true }
    }

    /// Does what the store should do and says whether it should succeed.
    mutating func apply(_ write: LogStore.Write, at now: Int64) -> Bool {
        var next = self
        next.documents = live(at: now)
        let before = next.documents
        for operation in write.operations {
            switch operation {
            case .put(_, let key, let value, let condition, let timeToLive):
                guard Self.allows(condition, before[key]) else { return false }
                next.revision += 1
                next.documents[key] = Document(
                    value: value, revision: next.revision,
                    expiresAt: timeToLive.map { now + $0 * 1000 })
            case .delete(_, let key, let condition):
                guard Self.allows(condition, before[key]) else { return false }
                if next.documents.removeValue(forKey: key) != nil { next.revision += 1 }
            case .update(_, let key, let condition, let transform):
                guard Self.allows(condition, before[key]) else { return false }
                let record = before[key].map {
                    LogStore.Record(
                        key: key, value: $0.value, revision: $0.revision, createdRevision: 0,
                        expiresAt: $0.expiresAt)
                }
                guard let value = try? transform(record) else { return false }
                next.revision += 1
                next.documents[key] = Document(
                    value: value, revision: next.revision, expiresAt: before[key]?.expiresAt)
            case .contract(.merge(let record, _, let operand, let condition)):
                let key = record.key
                guard Self.allows(condition, before[key]) else { return false }
                next.revision += 1
                next.documents[key] = Document(
                    value: Workload.appended(operand, to: before[key]?.value),
                    revision: next.revision, expiresAt: before[key]?.expiresAt)
            case .contract(.check(let record, let condition)):
                guard Self.allows(condition, before[record.key]) else { return false }
            case .contract(.cursor(_, let position)):
                next.position = position
            case .contract:
                return false
            }
        }
        self = next
        return true
    }

    /// The keys that a search gives, in its order.
    func keys(_ find: LogStore.Find, at now: Int64) -> [[UInt8]] {
        var keys = live(at: now).keys.filter { key in
            key.starts(with: find.prefix ?? [])
                && find.start.map { !key.lexicographicallyPrecedes($0) } ?? true
                && find.end.map { key.lexicographicallyPrecedes($0) } ?? true
        }
        keys.sort { find.reverse != $0.lexicographicallyPrecedes($1) }
        return find.limit > 0 ? Array(keys.prefix(find.limit)) : keys
    }

    private static func allows(_ condition: Int64?, _ document: Document?) -> Bool {
        condition == nil || condition == document?.revision ?? 0
    }

    static func charge(_ documents: [[UInt8]: Document]) -> Int {
        documents.reduce(0) { $0 + 32 + $1.key.count + $1.value.value.count }
    }
}
