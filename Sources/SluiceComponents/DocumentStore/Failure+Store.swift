import Sluice
import SluiceJSON
import SluiceLogStore

extension Failure {
    /// What a store's error is to a flow.
    init(_ error: LogStoreError) {
        switch error {
        case .cancelled(let cause as Failure):
            self = cause
        case .cancelled(let cause):
            self.init("component_failed", "\(cause)")
        case .conflict(let revision, _):
            self.init(
                error.code, "the condition does not hold: \(error)",
                details: ["revision": JSON(Int(revision))])
        case .diskFull:
            self.init(error.code, error.description, isDiskFull: true)
        case .corrupt(let file, let offset, _, let key, let revision):
            var details: [(String, JSON)] = [("file", JSON(file)), ("offset", JSON(offset))]
            if let key { details.append(("key", JSON(String(decoding: key, as: UTF8.self)))) }
            if let revision { details.append(("revision", JSON(Int(revision)))) }
            self.init(error.code, error.description, details: try? JSON(object: details))
        case .gone(let oldest):
            self.init(error.code, error.description, details: ["oldest": JSON(Int(oldest))])
        default:
            self.init(error.code, error.description)
        }
    }

    /// What a damaged record is to a flow.
    init(_ damage: LogStore.RecoveryReport.Damage) {
        self.init(
            LogStoreError.corrupt(
                file: damage.file, offset: damage.offset, message: damage.message,
                key: damage.key, revision: damage.revision))
    }

    /// What a store's error is to a request that asked for an earlier revision, if it did.
    init(_ error: LogStoreError, asOf revision: Int?) {
        switch (error, revision) {
        case (.gone(let oldest), let revision?):
            self.init(
                error.code,
                "revision \(revision) has been compacted away; the oldest that can be asked for is "
                    + "\(oldest) (`keepRevisions` and `keepHours` keep more)",
                details: ["oldest": JSON(Int(oldest))])
        case (.invalid(let text), _?):
            self = .invalid(text, at: "$.asOf")
        default:
            self.init(error)
        }
    }

    /// The store in `folder` belongs to another process.
    static func locked(_ folder: String, holder: Int32?) -> Failure {
        let process = holder.map { "process \($0)" } ?? "another process"
        var details: [(String, JSON)] = [("path", JSON(folder))]
        if let holder { details.append(("processID", JSON(Int(holder)))) }
        let isOpenHere = LogStoreError.locked(path: folder, processID: holder).isOpenHere
        let text =
            isOpenHere
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
}

extension Ports {
    /// Declares the failures and effects of a node that keeps its data in a store.
    mutating func failsAsStore() {
        fails(
            with: "missing_collection", "conflict", "disk_full", "key_empty", "key_too_large",
            "value_too_large", "batch_too_large", "gone", "corrupt", "io", "closed", "not_leader",
            "not_owner", "read_only", "locked")
        effects = .files
    }
}
