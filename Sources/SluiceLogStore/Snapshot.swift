extension LogStore {
    /// The store as it was at one revision, whatever is written, compacted or removed meanwhile.
    ///
    /// It keeps the space of everything it shows until the last reference goes, so hold it no
    /// longer than needed. It neither blocks writers nor waits for them.
    public final class Snapshot: Sendable {
        private let reader: Reader
        private let point: ReadPoint

        init(reader: Reader, point: ReadPoint) {
            self.reader = reader
            self.point = point
        }

        /// The revision that is shown.
        public var revision: Int64 {
            Int64(clamping: point.revision)
        }

        /// The record that was live, or nil; see `LogStore.get`.
        public func get(_ collection: String, _ key: [UInt8]) throws(LogStoreError) -> Record? {
            try reader.get(collection, key, at: point)
        }

        /// One page of a search; `Find.asOf` is not looked at.
        public func find(
            _ collection: String, _ find: Find = Find()
        ) throws(LogStoreError) -> Page {
            try reader.find(collection, find, at: point)
        }

        /// Gives the bytes of key and value of each record; see `LogStore.scan`.
        public func scan(
            _ collection: String, _ find: Find,
            _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
        ) throws(LogStoreError) {
            try reader.scan(collection, find, at: point, body)
        }
    }
}
