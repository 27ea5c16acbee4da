extension LogStore {
    /// One live document.
    public struct Record: Sendable, Hashable {
        /// The key's bytes.
        public var key: [UInt8]
        /// The value's bytes; empty where only keys were asked for.
        public var value: [UInt8]
        /// The revision of the write that made this version.
        public var revision: Int64
        /// The instant it stops to exist, in milliseconds since 1970; nil for never.
        public var expiresAt: Int64?

        /// A record with all its parts.
        public init(key: [UInt8], value: [UInt8], revision: Int64, expiresAt: Int64? = nil) {
            self.key = key
            self.value = value
            self.revision = revision
            self.expiresAt = expiresAt
        }
    }

    /// One acknowledged change.
    public struct Change: Sendable, Hashable {
        /// The name of the collection.
        public var collection: String
        /// The key's bytes.
        public var key: [UInt8]
        /// True for a delete.
        public var isDelete: Bool
        /// The value put; nil for a delete.
        public var value: [UInt8]?
        /// The revision of the change.
        public var revision: Int64
        /// The expiry put, in milliseconds since 1970; nil for none.
        public var expiresAt: Int64?
    }
}
