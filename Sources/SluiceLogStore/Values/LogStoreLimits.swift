/// The longest that a store takes.
enum LogStoreLimits {
    /// Bytes of a key.
    static let keyBytes = 32 << 10
    /// Bytes of a value.
    static let valueBytes = 1 << 30
    /// Bytes of a batch on disk: 44 + key + value for each of its operations.
    static let batchBytes = (1 << 30) + (1 << 20)
    /// Bytes of the name of a collection or cursor.
    static let nameBytes = 32 << 10
}
