/// Reads single records and verifies them every time.
struct RecordReader {
    let identity: StoreIdentity
    let layers: Layers

    /// Records up to this size are read at once into scratch memory; the value of a larger one is
    /// read straight into its array.
    private static let scratchBytes = 64 << 10

    /// The record that an entry refers to, which has to belong to `key`.
    func record(_ entry: IndexEntry, key: [UInt8]) throws(LogStoreError) -> LogStoreRecord {
        var record = LogStoreRecord(
            key: key, value: [], revision: Int64(clamping: entry.version),
            createdRevision: Int64(clamping: entry.created),
            expiresAt: entry.expiresAt == 0 ? nil : entry.expiresAt)
        record.updatedAt = try copyValue(entry, key: key, into: &record.value)
        return record
    }

    /// Puts the verified value that an entry refers to in the place of `target`; gives the time it
    /// was written.
    @inline(__always)
    func copyValue(
        _ entry: IndexEntry, key: [UInt8], into target: inout [UInt8]
    ) throws(LogStoreError) -> Int64? {
        if Int(entry.length) > Self.scratchBytes {
            return try copyLargeValue(entry, key: key, into: &target)
        }
        return try key.withBytes { key throws(LogStoreError) in
            try withValue(entry, key: key) { value, time in
                target.removeAll(keepingCapacity: true)
                target.append(contentsOf: value)
                return time
            }
        }
    }

    /// Runs `body` with the verified value that an entry refers to, and the time it was written.
    @inline(__always)
    func withValue<R>(
        _ entry: IndexEntry, key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, Int64?) -> R
    ) throws(LogStoreError) -> R {
        if let bytes = mapped(entry) { return try withValue(entry, bytes, key: key, body) }
        let segment = try segment(of: entry, key: key)
        let (start, count) = Self.extent(of: entry)
        try check(start, count, entry, in: segment, key: key)
        var result: Result<R, LogStoreError>?
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { scratch in
            do throws(LogStoreError) {
                guard try segment.file.read(into: scratch, at: start) == count else {
                    throw damaged(entry, key: key, "the file ends inside the record")
                }
                let bytes = UnsafeRawBufferPointer(scratch)
                result = .success(try withValue(entry, bytes, key: key, body))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { throw .closed }
        return try result.get()
    }

    /// The bytes of an entry's record, and what has its time, where they lie in memory; nil where
    /// they have to be read.
    @inline(__always)
    func mapped(_ entry: IndexEntry) -> UnsafeRawBufferPointer? {
        let (start, count) = Self.extent(of: entry)
        return layers.segments.bytes(of: entry.segment, at: start, count: count)
    }

    // MARK: Places

    /// Where to read: the record, and before it the frame of its group, which has the time where
    /// the record itself has none.
    @inline(__always)
    private static func extent(of entry: IndexEntry) -> (start: Int, count: Int) {
        let before = entry.hasTime ? 0 : RecordFrame.byteCount
        return (Int(entry.offset) - before, Int(entry.length) + before)
    }

    /// Checks that bytes to be read lie in the file, before memory is taken for them.
    private func check(
        _ start: Int, _ count: Int, _ entry: IndexEntry, in segment: Segment,
        key: some Sequence<UInt8>
    ) throws(LogStoreError) {
        let isSmall = count <= Self.scratchBytes
        guard start >= 0, isSmall ? true : try segment.file.size() - start >= count else {
            throw damaged(entry, key: key, "the file ends inside the record")
        }
    }

    private func segment(
        of entry: IndexEntry, key: some Sequence<UInt8>
    ) throws(LogStoreError) -> Segment {
        if let segment = layers.segments[entry.segment] { return segment }
        throw damaged(entry, key: key, "the segment is missing")
    }

    // MARK: Verifying

    /// Runs `body` with the value in the bytes that `mapped` gave, and the time it was written.
    @inline(__always)
    func withValue<R>(
        _ entry: IndexEntry, _ bytes: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, Int64?) -> R
    ) throws(LogStoreError) -> R {
        let before = bytes.count - Int(entry.length)
        let record = UnsafeRawBufferPointer(rebasing: bytes[before...])
        let headLength = try head(record, entry, key: key)
        let seed = identity.seed(segment: entry.segment, offset: Int(entry.offset))
        guard RecordFrame.verify(record, headLength: headLength, seed: seed) else {
            throw damaged(entry, key: key, "the record does not verify")
        }
        let time = time(bytes, before, entry)
        return body(UnsafeRawBufferPointer(rebasing: record[headLength...]), time)
    }

    /// When a record was written; nil where that is not told.
    @inline(__always)
    private func time(
        _ bytes: UnsafeRawBufferPointer, _ before: Int, _ entry: IndexEntry
    ) -> Int64? {
        guard before > 0 else { return bytes.field(RecordFrame.byteCount) }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<RecordFrame.byteCount])
        let group = RecordFrame(frame)
        let seed = identity.seed(
            segment: entry.segment, offset: Int(entry.offset) - RecordFrame.byteCount)
        guard group.kind == RecordKind.group.rawValue,
            UInt32(truncatingIfNeeded: RecordFrame.headHash(frame, seed: seed)) == group.headHash
        else { return nil }
        return GroupFrame(group).time
    }

    private func copyLargeValue(
        _ entry: IndexEntry, key: [UInt8], into target: inout [UInt8]
    ) throws(LogStoreError) -> Int64? {
        guard let bytes = mapped(entry) else {
            var time: Int64?
            target = try largeValue(entry, in: segment(of: entry, key: key), key: key, &time)
            return time
        }
        let before = bytes.count - Int(entry.length)
        let record = UnsafeRawBufferPointer(rebasing: bytes[before...])
        let headLength = try key.withBytes { key throws(LogStoreError) in
            try head(record, entry, key: key)
        }
        let seed = identity.seed(segment: entry.segment, offset: Int(entry.offset))
        let count = record.count - headLength
        var isWhole = false
        if target.count == count {
            isWhole = target.withUnsafeMutableBytes {
                RecordFrame.verify(record, headLength: headLength, seed: seed, copyingTo: $0)
            }
        } else {
            target = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
                isWhole = RecordFrame.verify(
                    record, headLength: headLength, seed: seed,
                    copyingTo: UnsafeMutableRawBufferPointer(buffer))
                initializedCount = count
            }
        }
        guard isWhole else { throw damaged(entry, key: key, "the record does not verify") }
        return time(bytes, before, entry)
    }

    private func largeValue(
        _ entry: IndexEntry, in segment: Segment, key: [UInt8], _ time: inout Int64?
    ) throws(LogStoreError) -> [UInt8] {
        let offset = Int(entry.offset)
        let (start, count) = Self.extent(of: entry)
        let before = count - Int(entry.length)
        try check(start, count, entry, in: segment, key: key)
        var bytes = [UInt8](repeating: 0, count: before + entry.headLength + key.count)
        guard try segment.file.read(into: &bytes, at: start) == bytes.count else {
            throw damaged(entry, key: key, "the file ends inside the record")
        }
        let headLength = try bytes.withBytes { bytes throws(LogStoreError) in
            time = self.time(bytes, before, entry)
            return try key.withBytes { key throws(LogStoreError) in
                try head(
                    UnsafeRawBufferPointer(rebasing: bytes[before...]), entry, key: key)
            }
        }
        let valueLength = Int(entry.length) - headLength
        var failure: LogStoreError?
        let value = [UInt8](unsafeUninitializedCapacity: valueLength) { buffer, count in
            do throws(LogStoreError) {
                count = try segment.file.read(
                    into: UnsafeMutableRawBufferPointer(buffer), at: offset + headLength)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let seed = identity.seed(segment: segment.id, offset: offset)
        let isWhole = bytes.withUnsafeBytes { bytes in
            let head = UnsafeRawBufferPointer(rebasing: bytes[before..<before + headLength])
            let hash = RecordFrame.headHash(head, seed: seed)
            return UInt32(truncatingIfNeeded: hash) == head.field(8, as: UInt32.self)
                && ContentHash.hash(value, seed: hash) == head.field(0, as: UInt64.self)
        }
        guard value.count == valueLength, isWhole else {
            throw damaged(entry, key: key, "the record does not verify")
        }
        return value
    }

    /// Checks that a record's head says what the index says, before its lengths are used.
    @inline(__always)
    private func head(
        _ record: UnsafeRawBufferPointer, _ entry: IndexEntry, key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> Int {
        guard record.count >= RecordFrame.byteCount else {
            throw damaged(entry, key: key, "the record is not the one written there")
        }
        let frame = RecordFrame(record)
        let headLength = frame.headLength
        guard frame.length == Int(entry.length), frame.keyLength == key.count,
            headLength == entry.headLength + key.count, headLength <= record.count,
            UnsafeRawBufferPointer(rebasing: record[(headLength - key.count)..<headLength])
                .isEqual(to: key)
        else {
            throw damaged(entry, key: key, "the record is not the one written there")
        }
        return headLength
    }

    private func damaged(
        _ entry: IndexEntry, key: some Sequence<UInt8>, _ message: String
    ) -> LogStoreError {
        .corrupt(
            file: SegmentHead.fileName(entry.segment), offset: Int(entry.offset), message: message,
            key: Array(key), revision: Int64(clamping: entry.version))
    }
}
