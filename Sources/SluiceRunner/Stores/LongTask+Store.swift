import SluiceLogStore

extension LongTask {
    /// What the store's long functions tell how far they are, and ask whether to go on.
    func goesOn(_ progress: LogStore.Progress) -> Bool {
        let noun = progress.unit == .bytes ? "byte" : "record"
        show(
            Status(
                noun: noun, count: progress.done, done: progress.done, total: progress.total))
        return !isInterrupted
    }
}
