extension LogStore {
    /// What the names of the store's own cursors begin with.
    public static let ownCursorPrefix = "$"

    /// The positions kept by `setCursor`, by their names, without those of the store's own.
    public var cursors: [String: Int64] {
        engine.shared.read { $0.cursors }
            .filter { !$0.key.utf8.starts(with: Self.ownCursorPrefix.utf8) }
    }
}
