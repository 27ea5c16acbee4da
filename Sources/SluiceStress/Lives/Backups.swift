/// A backup's folder, and what the store held that it was made of.
struct Backup {
    let folder: String
    let model: Model
    let cursors: [Cursor]
    /// Whether the store was without its manifest, which the backup then is too.
    var lacksFiles = false
}

/// Backups, and stores that go on from them.
extension Life {
    /// A new folder, or one that holds a backup of before.
    func nextBackupFolder() -> String {
        guard !backups.isEmpty, !random.chance(plan.newBackups) else { return newFolder("backup") }
        return random.pick(backups).folder
    }

    func backUp() throws(Finding) {
        guard hasCollections else { return }
        try settleKill()
        let target = nextBackupFolder()
        begin("backup", "into \(target)")
        let result = try run(["store", "backup", path, target])
        // A store without one of its runs counts as damaged until an owner has opened it.
        if result.exitCode == 6, lacksFiles { return }
        guard result.exitCode == 0 else { throw Finding("backup", result.shown) }
        backups.removeAll { $0.folder == target }
        let backup = Backup(
            folder: target, model: model, cursors: cursors, lacksFiles: lacksFiles)
        backups.append(backup)
        if random.chance(60) { try check(backup) }
    }

    /// Restores a backup beside the store, and compares it with what was backed up.
    func check(_ backup: Backup) throws(Finding) {
        let copy = newFolder("restored")
        begin("restore", "\(backup.folder) for a look")
        try succeed(["store", "restore", backup.folder, copy], name: "backup")
        try check(copy, backup.model, .quick, isWhole: !backup.lacksFiles)
        Files.remove(copy)
    }

    /// Goes back to a backup: the store is replaced by what was restored, and goes on from there.
    func goBack() throws(Finding) {
        guard hasCollections, !backups.isEmpty else { return }
        try settleKill()
        let backup = random.pick(backups)
        begin("restore", "\(backup.folder) to go on from revision \(backup.model.revision)")
        Files.remove(path)
        try succeed(["store", "restore", backup.folder, path], name: "backup")
        model = backup.model
        lacksFiles = backup.lacksFiles
        cursors = backup.cursors
        try look(.quick)
    }
}
