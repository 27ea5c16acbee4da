import Sluice
import SluiceLogStore
import SluiceStore
import SluiceSystem

/// Stores on disk, on an append-only log.
enum LogStoreKind: StoreKind {
    static let about = About(
        "log", "On disk, on an append-only log: the kind unless another is named")

    /// What a log store can be told.
    struct Settings: Message {
        var path = "store"
        var maxSizeMB = 1024
        var leaderOnly = false
        var sync = SyncSetting.always
        var lockTimeoutMs = 5000
        var memoryMB = 64
        var keepRevisions = 0
        var keepHours = 0

        /// The names of all members.
        static let names = [
            "path", "maxSizeMB", "leaderOnly", "sync", "lockTimeoutMs", "memoryMB", "keepRevisions",
            "keepHours",
        ]

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "path", &path, about: "The store's folder, inside the data directory or absolute")
            try m.optional(
                "maxSizeMB", &maxSizeMB, .atLeast(1),
                about: "The most that live documents may take: 32 bytes + key + value each")
            try m.optional(
                "leaderOnly", &leaderOnly,
                about: "Starts while another process owns the store, and takes over when it ends")
            try m.optional("sync", &sync, about: "When a write counts as done")
            try m.optional(
                "lockTimeoutMs", &lockTimeoutMs, .atLeast(0),
                about: "How long to wait for another owner to let the store go")
            try m.optional(
                "memoryMB", &memoryMB, .atLeast(1),
                about: "Memory for the index and work in the background; 2 bytes a key come on top")
            try m.optional(
                "keepRevisions", &keepRevisions, .atLeast(0),
                about: "How many revisions back `asOf`, `history` and `changesFrom` reach at least")
            try m.optional(
                "keepHours", &keepHours, .atLeast(0),
                about: "How many hours back they reach at least")
        }
    }

    static func check(_ settings: Settings) throws(Failure) { try StorePath.check(settings.path) }

    static func sharing(_ settings: Settings) -> StoreSharing {
        StoreSharing(
            folder: settings.path,
            terms: [
                ("maxSizeMB", "\(settings.maxSizeMB)"), ("sync", "\(settings.sync)"),
                ("leaderOnly", "\(settings.leaderOnly)"), ("memoryMB", "\(settings.memoryMB)"),
                ("keepRevisions", "\(settings.keepRevisions)"),
                ("keepHours", "\(settings.keepHours)"),
            ], takesOver: settings.leaderOnly)
    }

    static func open(
        _ settings: Settings, _ opening: StoreOpening
    ) async throws(StoreError) -> StoreOverLog {
        let (context, scheduler) = (opening.context, opening.context.scheduler)
        let options = LogStore.Options(
            maximumLiveBytes: bytes(megabytes: settings.maxSizeMB), sync: settings.sync.storeSync,
            lockTimeoutMilliseconds: opening.mayWait ? settings.lockTimeoutMs : 0,
            isInline: scheduler.isVirtual, clock: { scheduler.now },
            memoryBytes: bytes(megabytes: settings.memoryMB),
            keepRevisions: settings.keepRevisions, keepHours: settings.keepHours,
            operators: opening.operators)
        let result = await context.blocking { [folder = opening.folder] in
            Result { () throws(LogStoreError) in
                try LogStore.openAndWait(folder, options: options)
            }
        }
        do throws(LogStoreError) {
            let store = try result.get()
            report(store.recoveryReport, opening)
            return StoreOverLog(store)
        } catch {
            throw StoreError(error)
        }
    }

    private static func report(_ report: LogStore.RecoveryReport, _ opening: StoreOpening) {
        let console = opening.context.console
        if report.bytesCut > 0 {
            console.log(
                "store \(opening.folder): \(report.bytesCut) bytes behind the last sound write have "
                    + "been cut off: they never got to the device")
        }
        for damage in report.damages {
            console.log(
                "store \(opening.folder): \(damage.file) is damaged at byte \(damage.offset): "
                    + damage.message)
        }
    }

    private static func bytes(megabytes: Int) -> Int {
        let (bytes, isTooMuch) = megabytes.multipliedReportingOverflow(by: 1 << 20)
        return isTooMuch ? .max : bytes
    }
}
