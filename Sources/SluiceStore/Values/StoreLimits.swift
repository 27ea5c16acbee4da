/// What every store takes at most.
public enum StoreLimits {
    /// Bytes of a key; at least 1.
    public static let keyBytes = 32 << 10
    /// Bytes of a value.
    public static let valueBytes = 1 << 30
    /// Bytes of all keys and values of a batch.
    public static let batchBytes = (1 << 30) + (1 << 20)
    /// The latest instant at which a record expires, in milliseconds since 1970: 48 bits, the year 10889.
    public static let latestExpiry: Int64 = 1 << 48 - 1
}
