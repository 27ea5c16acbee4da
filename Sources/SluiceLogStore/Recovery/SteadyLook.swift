import SluiceSystem

/// A look at a store that another process may write to, compact and close meanwhile.
enum SteadyLook {
    private static let tries = 100

    /// Gives what `look` found, which it tells with the recovery that it did.
    ///
    /// A file that was removed between two steps, or a group that was written while it was read,
    /// looks like damage once; what is really damaged is so at the next look too. An owner that
    /// recovers meanwhile may have moved the end of the log to a segment that the look does not
    /// know; then it looks again.
    static func result<T>(
        _ fileSystem: Disk, _ path: String,
        _ look: () throws(LogStoreError) -> (T, Recovery)
    ) throws(LogStoreError) -> T {
        // No folder is no race.
        _ = try fileSystem.list(path)
        var damages: [LogStoreRecoveryReport.Damage] = []
        var failure: String?
        for attempt in 1...tries {
            do throws(LogStoreError) {
                let (found, recovery) = try look()
                let met = recovery.report.damages
                let isSteady = try !recovery.isSuperseded && (met.isEmpty || met == damages)
                if isSteady || attempt == tries { return found }
                damages = met
            } catch {
                guard attempt < tries, isPerhapsPassing(error, failure) else { throw error }
                failure = "\(error)"
            }
            fileSystem.pause(milliseconds: 1)
        }
        throw .io(operation: "open", path: path, errno: FileError.noFile)
    }

    private static func isPerhapsPassing(_ error: LogStoreError, _ last: String?) -> Bool {
        if case .corrupt = error { return last != "\(error)" }
        return error.isNoSuchFile
    }
}
