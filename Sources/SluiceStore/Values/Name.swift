// Whoever uses a store has its names, and nothing else of the module that they come from.
@_exported public import struct SluiceSystem.Name

extension Name {
    /// The longest name, in bytes.
    public static let maximumBytes = 255

    /// Whether the name is one of a store's own, which callers neither declare nor see.
    public var isOwn: Bool { text.utf8.first == UInt8(ascii: "$") }

    /// Whether a caller may use the name.
    public var isUsable: Bool {
        !isOwn && !text.isEmpty && text.utf8.count <= Name.maximumBytes && !text.utf8.contains(0)
    }
}
