extension Committer {
    /// Milliseconds between two looks whether the store's path leads to its folder.
    private static let lookMilliseconds: Int64 = 100

    /// Whoever removes, moves, replaces or cuts the end of the log takes what is written there with it.
    ///
    /// It is looked for before each group that is durable, and before others once in each
    /// millisecond of the store's time.
    @inline(__always)
    func checkOwner() throws(LogStoreError) {
        guard now != lookedForLogAt || place.options.sync == .always else { return }
        lookedForLogAt = now
        try lookForLog()
    }

    private func lookForLog() throws(LogStoreError) {
        guard let size = log.active.file.size(at: log.activePath) else {
            throw durability.poison(.notOwner(path: place.directory))
        }
        guard size >= log.end else { throw lostEnd() }
        guard now &- lookedForFolderAt >= Self.lookMilliseconds || now < lookedForFolderAt else {
            return
        }
        lookedForFolderAt = now
        try durability.checkFolder(log.lock)
    }

    private func lostEnd() -> LogStoreError {
        let cause = LogStoreError.corrupt(
            file: log.active.fileName, offset: log.end, message: "the end of the log was cut off")
        return durability.poison(cause)
    }
}
