/// A backup's folder, and what the store held that it was made of.
struct Backup {
    let folder: String
    let model: Model
    let cursors: [Cursor]
}

/// Backups, and stores that go on from them.
extension Life {
    /// A new folder, or one that holds a backup of before.
    func nextBackupFolder() -> String {
        guard !backups.isEmpty, random.chance(75) else { return newFolder("backup") }
        return random.pick(backups).folder
    }

    func backUp() throws(Finding) {
        guard hasCollections else { return }
        try settleKill()
        let target = nextBackupFolder()
        begin("backup", "into \(target)")
        try succeed(["store", "backup", path, target], name: "backup")
        backups.removeAll { $0.folder == target }
        let backup = Backup(folder: target, model: model, cursors: cursors)
        backups.append(backup)
        if random.chance(60) { try check(backup) }
    }

    /// Restores a backup beside the store, and compares it with what was backed up.
    func check(_ backup: Backup) throws(Finding) {
        let copy = newFolder("restored")
        begin("restore", "\(backup.folder) for a look")
        try succeed(["store", "restore", backup.folder, copy], name: "backup")
        try check(copy, backup.model, .quick)
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
        cursors = backup.cursors
        try look(.quick)
    }
}
