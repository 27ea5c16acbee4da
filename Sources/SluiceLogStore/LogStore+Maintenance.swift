public import SluiceSystem

extension LogStore {
    /// Reads everything in the store in folder `path` and names all that is damaged; `files` is
    /// where the store lies, as in `open`, here and below.
    ///
    /// Both copies of every head, every record, seal and link of the log, every block of the index,
    /// and the manifest are read; index and records, and the sums kept of them, have to agree. The
    /// store may be in use by this or another process: what was written when the look began is
    /// read. Takes no lock and changes nothing. A torn tail is no damage. Goes on after a damage;
    /// without a sound manifest and index, records alone are looked at.
    ///
    /// `progress` hears of bytes, about once a megabyte; false ends the work with `cancelled`.
    /// Throws `io` where there is no store, `unsupportedFormat`, and `invalid` for a folder that is
    /// a backup or an unfinished copy. Memory is bounded, whatever the size of the store.
    public static func verify(
        _ path: String, on files: any FileSystem = PosixFileSystem(),
        progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> VerificationReport {
        try verify(path, Environment(fileSystem: files), progress)
    }

    static func verify(
        _ path: String, _ environment: Environment, _ progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> VerificationReport {
        try checkPaths(path)
        return try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try Verifier.verify(path, environment, ProgressMeter(progress))
        }
    }

    // MARK: Backup

    /// Copies the store in folder `path` into folder `target`, which is created where needed.
    ///
    /// The store may be in use by this or another process: the backup is the store as it was at
    /// one moment, with all that had been acknowledged when it began. The second time into the same
    /// folder only what is new is copied, and what is no longer needed is removed at the end; a
    /// backup that was interrupted leaves the one before. Files that never change are linked where
    /// both folders are on one device, so a backup is no protection from that device's failure.
    /// Everything new is verified and durable when this returns, and what is kept has the bytes that
    /// it had: all of the store is read each time.
    ///
    /// `progress` hears of bytes, about once a megabyte; false ends the work with `cancelled`.
    /// Throws `corrupt` for a damaged store, `invalid` where the target is the store itself,
    /// lies in a store or a backup, or holds something else than a backup of it, `io` and
    /// `unsupportedFormat`. One backup at a time may be made into a folder.
    public static func backup(
        _ path: String, to target: String, on files: any FileSystem = PosixFileSystem(),
        progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> BackupReport {
        try backup(path, to: target, Environment(fileSystem: files), progress)
    }

    /// Copies this store; see the method of the type.
    public func backup(
        to target: String, progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> BackupReport {
        guard !engine.shared.read({ $0.isClosed }) else { throw .closed }
        let place = engine.place
        guard engine.files.isAtItsPath else { throw .notOwner(path: place.directory) }
        return try Self.backup(
            place.directory, to: target, Environment(fileSystem: place.fileSystem.files), progress)
    }

    static func backup(
        _ path: String, to target: String, _ environment: Environment,
        _ progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> BackupReport {
        try checkPaths(path, target)
        return try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try Backup.run(path, to: target, environment, ProgressMeter(progress))
        }
    }

    /// Makes a store in folder `target` of the backup in folder `backup`, with exactly its content
    /// and revision.
    ///
    /// The size and hash of every file are checked before anything is made. The target must not be
    /// there or be empty. Until everything is durable it cannot be opened; after an interruption
    /// this may be called again.
    ///
    /// `progress` hears of bytes, about once a megabyte; false ends the work with `cancelled`.
    /// Throws `corrupt` for a damaged or unfinished backup, `invalid` for a target with something
    /// in it or that lies in a store or a backup, `io` and `unsupportedFormat`.
    public static func restore(
        _ backup: String, to target: String, on files: any FileSystem = PosixFileSystem(),
        progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> BackupReport {
        try restore(backup, to: target, Environment(fileSystem: files), progress)
    }

    static func restore(
        _ backup: String, to target: String, _ environment: Environment,
        _ progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> BackupReport {
        try checkPaths(backup, target)
        return try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try Restore.run(backup, to: target, environment, ProgressMeter(progress))
        }
    }

    // MARK: Repair

    /// Saves everything that verifies in the damaged store in folder `path` into a new store in
    /// folder `target`, which must not be there or be empty.
    ///
    /// Manifest and index are not needed, nor the heads of all segments. Values, revisions, created
    /// revisions, times, expiry, deletes, collections and cursors are kept; no revision that was
    /// given is given again. The damaged store is not changed; it must not be in use.
    ///
    /// No older value takes the place of a newer one that is lost, so a key is absent from the new
    /// store where its newest version is lost, and where nobody can tell whether it is. With
    /// `keepsOlder` such keys have the newest version that was found. The report lists them. Where
    /// only the end of the log is lost, the new store is the old one as of the last sound revision.
    ///
    /// `progress` hears of bytes, about once a megabyte; false ends the work with `cancelled`. Until
    /// everything is durable the new folder cannot be opened; after an interruption this may be
    /// called again. Throws `corrupt` where nothing can be read, `invalid` for a target with
    /// something in it or that lies in a store or a backup, `io` and `unsupportedFormat`. Memory is
    /// bounded.
    public static func repair(
        _ path: String, to target: String, keepsOlder: Bool = false,
        on files: any FileSystem = PosixFileSystem(), progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> RepairReport {
        try repair(
            path, to: target, keepsOlder: keepsOlder, Environment(fileSystem: files),
            progress)
    }

    static func repair(
        _ path: String, to target: String, keepsOlder: Bool = false, _ environment: Environment,
        clock: (@Sendable () -> Int64)? = nil, _ progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> RepairReport {
        try checkPaths(path, target)
        return try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try Repair.run(
                path, to: target, keepsOlder: keepsOlder, environment, clock,
                ProgressMeter(progress))
        }
    }
}
