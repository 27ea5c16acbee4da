// Whoever uses a store has its names, and nothing else of the module that they come from.
@_exported public import struct SluiceSystem.Name

extension Name {
    /// The longest name, in bytes.
    public static let maximumBytes = 32 << 10

    /// What the names of a store's own begin with.
    public static let ownPrefix = "$"

    /// Whether the name is one of a store's own, which callers neither declare nor see.
    public var isOwn: Bool { text.utf8.starts(with: Name.ownPrefix.utf8) }

    /// Whether a caller may use the name.
    public var isUsable: Bool {
        !isOwn && !text.isEmpty && text.utf8.count <= Name.maximumBytes && !text.utf8.contains(0)
    }
}
