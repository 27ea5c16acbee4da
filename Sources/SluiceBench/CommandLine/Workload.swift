/// What is done to the store; the raw values are those of the other engines' drivers.
enum Workload: String, CaseIterable, Sendable {
    case putSync = "put_sync"
    case putNoSync = "put_nosync"
    case overwrite
    case load
    case getRandom = "get_random"
    case scanPrefix = "scan_prefix"
    case open
    case crashLoad = "crash_load"
    case openCrash = "open_crash"
    case bigPut = "big_put"
    case bigGet = "big_get"

    /// Whether each write is durable before the next.
    var isSynced: Bool {
        self == .putSync || self == .bigPut
    }

    var isWriting: Bool {
        switch self {
        case .putSync, .putNoSync, .overwrite, .load, .crashLoad, .bigPut: true
        case .getRandom, .scanPrefix, .open, .openCrash, .bigGet: false
        }
    }

    var summary: String {
        switch self {
        case .putSync: "each put is on the device when it returns"
        case .putNoSync: "single puts that survive the process, not a power loss"
        case .overwrite:
            "ten passes of put_nosync over the same keys; peak_bytes is the most on disk"
        case .load: "puts in batches of 1,000"
        case .getRandom: "reads of keys that load wrote, at random"
        case .scanPrefix: "n / 50 scans of the 100 records under a prefix"
        case .open: "opening what load wrote, up to the first read"
        case .crashLoad: "load, then the process kills itself; prints nothing"
        case .openCrash: "opening what crash_load left"
        case .bigPut: "put_sync; give a large --value-bytes"
        case .bigGet: "get_random of what big_put wrote"
        }
    }
}
