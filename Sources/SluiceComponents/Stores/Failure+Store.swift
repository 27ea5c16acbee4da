import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

extension Failure {
    /// What a store's error is to a flow.
    init(_ error: StoreError) {
        let code = error.code.rawValue
        switch error.code {
        case .conflict:
            self.init(
                code, "the condition does not hold: \(error.text)",
                details: ["revision": JSON(Int(error.currentRevision ?? 0))])
        case .diskFull:
            self.init(code, error.text, isDiskFull: true)
        case .corrupt:
            self.init(code, error.text, details: Failure.details(ofDamage: error))
        case .gone:
            self.init(code, error.text, details: ["oldest": JSON(Int(error.oldestRevision ?? 0))])
        case .cancelled:
            self.init("component_failed", error.text)
        default:
            self.init(code, error.text, isRetryable: error.isRetryable)
            if let path = error.path { details = ["path": JSON(path)] }
        }
    }

    /// Where damage lies: a record on disk, or one whose bytes are no document.
    private static func details(ofDamage error: StoreError) -> JSON? {
        var details: [(String, JSON)] = []
        if let location = error.location {
            details += [("file", JSON(location.file)), ("offset", JSON(location.offset))]
        } else if let record = error.record {
            details.append(("collection", JSON(record.collection.text)))
        }
        if let key = error.record?.key {
            details.append(("key", JSON(String(decoding: key, as: UTF8.self))))
        }
        if let revision = error.location?.revision {
            details.append(("revision", JSON(Int(revision))))
        }
        return details.isEmpty ? nil : try? JSON(object: details)
    }

    /// What a store's error is to a request that asked for an earlier revision, if it did.
    init(_ error: StoreError, asOf revision: Int?) {
        switch (error.code, revision) {
        case (.gone, let revision?):
            let oldest = Int(error.oldestRevision ?? 0)
            self.init(
                error.code.rawValue,
                "revision \(revision) has been compacted away; the oldest that can be asked for is "
                    + "\(oldest) (`keepRevisions` and `keepHours` keep more)",
                details: ["oldest": JSON(oldest)])
        case (.invalidMessage, _?):
            self = .invalid(error.text, at: "$.asOf")
        default:
            self.init(error)
        }
    }

    /// The store in `folder` belongs to another process.
    static func locked(_ folder: String, holder: Int32?) -> Failure {
        let process = holder.map { "process \($0)" } ?? "another process"
        var details: [(String, JSON)] = [("path", JSON(folder))]
        if let holder { details.append(("processID", JSON(Int(holder)))) }
        let text =
            holder == SystemProcess.id
            ? "the store \(folder) is already open in this process, by another run or by the program "
                + "itself: end that use, raise `lockTimeoutMs`, or set `leaderOnly` to take over when it "
                + "ends"
            : "the store \(folder) is in use by \(process): end that process, raise "
                + "`lockTimeoutMs`, or set `leaderOnly` to take over when it ends; removing the file "
                + "LOCK does not free it"
        return Failure("locked", text, details: try? JSON(object: details))
    }

    /// This process waits to become the owner of the store in `folder`.
    static func notLeader(_ folder: String, holder: Int32?) -> Failure {
        let process = holder.map { "process \($0)" } ?? "another process"
        return Failure(
            "not_leader", "the store \(folder) is in use by \(process), which is its leader",
            isRetryable: true)
    }

    /// Something that a kind of store cannot do.
    static func lacking(_ what: String, _ need: String, _ kind: String) -> Failure {
        Failure("unsupported", "\(what) needs a store that \(need); `\(kind)` does not")
    }
}

extension StoreError {
    /// What the failure of a merge operator is to the store.
    init(_ failure: Failure, of record: RecordKey) {
        self.init(
            Code(rawValue: failure.code) ?? .invalidValue, failure.text, record: record,
            path: failure.details?["path"]?.string)
    }
}

extension Ports {
    /// Leaves the output `error` out where a node's settings say so.
    mutating func setErrorPort(isEnabled: Bool) {
        if !isEnabled { leaveErrorPortOut(because: "its settings say `enableErrorPort: false`") }
    }

    /// Declares the failures and effects of a node that keeps its data in a store.
    mutating func failsAsStore() {
        fails(
            with: "missing_collection", "conflict", "disk_full", "key_empty", "key_too_large",
            "value_too_large", "batch_too_large", "gone", "corrupt", "io", "closed", "not_leader",
            "not_owner", "read_only", "locked", "unsupported")
        effects = .files
    }
}
