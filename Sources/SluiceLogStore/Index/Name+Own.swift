import SluiceSystem

extension Name {
    /// What those of the store's own begin with.
    static let ownPrefix = "$"

    /// Whether it is one of the store's own, which callers neither see nor set.
    var isOwn: Bool { text.utf8.starts(with: Name.ownPrefix.utf8) }
}
