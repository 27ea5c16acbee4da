import SluiceSystem

extension Name {
    /// Whether it is one of the store's own, which callers neither see nor set.
    var isOwn: Bool { text.utf8.starts(with: LogStore.ownCursorPrefix.utf8) }
}
