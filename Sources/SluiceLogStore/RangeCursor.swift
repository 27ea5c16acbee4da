extension LogStore {
    /// A position in the records that a search covers, which reads them a page at a time.
    ///
    /// All of them are as of one snapshot, which it keeps, and with it the space of everything
    /// shown: let it go when done. A page is at most 256 records and 1 MiB, or a single record.
    /// A copy goes on from the same place on its own.
    public struct RangeCursor: Sendable {
        private static let firstCount = 16
        private static let largestCount = 256
        private static let pageBytes = 1 << 20

        /// What is shown.
        public let snapshot: Snapshot
        private let collection: String
        private let range: Find
        /// The search for the next page.
        private var find: Find
        /// The records of the page, the next one last.
        private var page: [Record] = []
        /// Records among them that do not verify, the next one last.
        private var damages: [RecoveryReport.Damage] = []
        private var isLastPage = false
        /// Records that may still be given.
        private var left: Int

        init(_ snapshot: Snapshot, _ collection: String, _ range: Find) {
            self.snapshot = snapshot
            self.collection = collection
            self.range = range
            left = range.limit > 0 ? range.limit : Int.max
            find = range
            find.maximumBytes = min(range.maximumBytes, Self.pageBytes)
            find.limit = Self.firstCount
        }

        /// The next record in the direction of travel, or nil at the end.
        ///
        /// Throws `corrupt` for a record that does not verify, and goes on behind it when it is called
        /// again; such a record does not count against `Find.limit`. Throws what `find` does, and
        /// stays where it is.
        public mutating func next() throws(LogStoreError) -> Record? {
            guard left > 0 else { return nil }
            while page.isEmpty, damages.isEmpty, !isLastPage {
                let found = try snapshot.find(collection, find)
                page = found.records.reversed()
                damages = found.damages.reversed()
                isLastPage = found.next == nil
                if let next = found.next { find.after = next }
                find.limit = min(find.limit * 4, Self.largestCount)
            }
            if let damage = damages.last, isNext(damage) {
                damages.removeLast()
                throw .corrupt(
                    file: damage.file, offset: damage.offset, message: damage.message,
                    key: damage.key, revision: damage.revision)
            }
            guard let record = page.popLast() else { return nil }
            left -= 1
            return record
        }

        /// Whether a damaged record comes before the next one that is sound.
        private func isNext(_ damage: RecoveryReport.Damage) -> Bool {
            guard let record = page.last, let key = damage.key else { return true }
            return range.reverse
                ? record.key.lexicographicallyPrecedes(key)
                : key.lexicographicallyPrecedes(record.key)
        }

        /// Goes, forwards or back, to where the record of `key` is or would be.
        ///
        /// The next record is the first one of the range that does not lie before `key` in the
        /// direction of travel. What was given goes on counting against `Find.limit`.
        public mutating func seek(to key: [UInt8]) {
            page = []
            damages = []
            isLastPage = false
            find.limit = Self.firstCount
            find.after = range.after
            if range.reverse {
                // The first key behind `key`, since the end of a range is not in it.
                let end = key + [0]
                find.end = range.end.map { $0.lexicographicallyPrecedes(end) ? $0 : end } ?? end
            } else {
                find.start = range.start.map { key.lexicographicallyPrecedes($0) ? $0 : key } ?? key
            }
        }
    }

    /// A cursor over the records of a search, as the store is now or was at `Find.asOf`.
    ///
    /// `Find.limit` is the most records it gives; its pages are its own. Throws what `snapshot`
    /// does, and `gone` and `invalid` for a revision that cannot be read; an undeclared collection
    /// shows at `next`.
    public func rangeCursor(
        _ collection: String, _ find: Find = Find()
    ) throws(LogStoreError) -> RangeCursor {
        let point = try engine.reader.readPoint(asOf: find.asOf)
        return RangeCursor(Snapshot(reader: engine.reader, point: point), collection, find)
    }
}

extension LogStore.Snapshot {
    /// A cursor over the records of a search in this snapshot; `Find.asOf` is not looked at.
    public func rangeCursor(
        _ collection: String, _ find: LogStore.Find = LogStore.Find()
    ) -> LogStore.RangeCursor {
        LogStore.RangeCursor(self, collection, find)
    }
}
