import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store backup`.
    static let storeBackup = Command(
        name: "backup",
        summary: "Copy a store, which may be in use, into a backup's folder",
        discussion: """
            The backup is the store as it was at one moment. The second time into the same folder only
            what is new is copied. A backup that was interrupted leaves the one before as it was. Files
            that never change are linked where both folders are on one device: keep backups on another one
            against its failure. The folder must not lie in a store or another backup. `\(.program) store
            restore` makes a store of a backup.
            """,
        operands: [
            StoreFolder.operand,
            Operand(
                name: "TARGET", about: "The backup's folder, which may be missing",
                values: .folder),
        ],
        options: [.json],
        examples: ["\(.program) store backup data/store /backups/store"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        try folder.checkApart(arguments.operand(1))
        let task = LongTask(terminal)
        let report = try folder.read(task) { path throws(LogStoreError) in
            try LogStore.backup(path, to: arguments.operand(1), progress: task.goesOn)
        }
        guard let report else {
            return try interrupted(task, arguments, "backed up a part", "the backup is as it was")
        }
        let size = Words.bytes(report.bytesCopied)
        return try task.end(
            "backed up revision \(Int(report.revision).grouped): "
                + "\(Words.count(report.filesCopied, "new file")) (\(size)), "
                + "\(report.filesKept.grouped) kept",
            again: "", facts: arguments.has(.json) ? facts(report) : nil)
    }

    /// `sluice store restore`.
    static let storeRestore = Command(
        name: "restore",
        summary: "Make a store of a backup",
        discussion: """
            Looks at every file of the backup first, and refuses one that is damaged or was never
            finished; refuses a folder that has something in it too. One that was interrupted can be run
            again.
            """,
        operands: [
            Operand(name: "BACKUP", about: "The backup's folder", values: .folder),
            Operand(
                name: "DIR", about: "The new store's folder, missing or empty", values: .folder),
        ],
        options: [.json],
        examples: ["\(.program) store restore /backups/store data/store"]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        try folder.checkApart(arguments.operand(1))
        let task = LongTask(terminal)
        let report = try folder.readBackup(task) { path throws(LogStoreError) in
            try LogStore.restore(path, to: arguments.operand(1), progress: task.goesOn)
        }
        guard let report else {
            return try interrupted(task, arguments, "restored a part", "run it again")
        }
        let size = Words.bytes(report.bytesCopied)
        return try task.end(
            "restored revision \(Int(report.revision).grouped): "
                + "\(Words.count(report.filesCopied, "file")) (\(size))",
            again: "", facts: arguments.has(.json) ? facts(report) : nil)
    }

    private static func interrupted(
        _ task: LongTask, _ arguments: Arguments, _ what: String, _ again: String
    ) throws -> ExitCode {
        try task.end(what, again: again, facts: arguments.has(.json) ? [] : nil)
    }

    private static func facts(_ report: LogStore.BackupReport) -> [(String, JSON)] {
        [
            ("revision", JSON(Int(report.revision))), ("filesCopied", JSON(report.filesCopied)),
            ("filesKept", JSON(report.filesKept)), ("bytesCopied", JSON(report.bytesCopied)),
        ]
    }
}
