import SluiceStore

/// How a node wants its store to be opened.
struct StoreOptions: Sendable {
    var path: String
    var maxSizeMB = 1024
    var sync = SyncSetting.always
    var leaderOnly = false
    var lockTimeoutMs = 5000

    /// The first setting, with both values, in which nodes that share a store differ.
    func disagreement(with other: StoreOptions) -> (name: String, mine: String, theirs: String)? {
        if maxSizeMB != other.maxSizeMB {
            return ("maxSizeMB", String(maxSizeMB), String(other.maxSizeMB))
        }
        if sync != other.sync { return ("sync", sync.description, other.sync.description) }
        if leaderOnly != other.leaderOnly {
            return ("leaderOnly", String(leaderOnly), String(other.leaderOnly))
        }
        return nil
    }

    var maximumLiveBytes: Int {
        let (bytes, isTooMuch) = maxSizeMB.multipliedReportingOverflow(by: 1 << 20)
        return isTooMuch ? .max : bytes
    }
}
