extension LogStore {
    /// Reads everything in the store in folder `path` and names all that is damaged.
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
        _ path: String, progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> VerificationReport {
        try verify(path, Environment(fileSystem: PosixFileSystem()), progress)
    }

    static func verify(
        _ path: String, _ environment: Environment, _ progress: (Progress) -> Bool = { _ in true }
    ) throws(LogStoreError) -> VerificationReport {
        try withoutActuallyEscaping(progress) { progress throws(LogStoreError) in
            try Verifier.verify(path, environment, ProgressMeter(progress))
        }
    }
}
