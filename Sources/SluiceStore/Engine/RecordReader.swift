/// Reads single records and verifies them every time.
struct RecordReader {
    let identity: StoreIdentity

    /// Records up to this size are read at once into scratch memory; the value of a larger one is
    /// read straight into its array.
    private static let scratchBytes = 64 << 10

    /// The value that an entry refers to, which has to belong to `key`.
    func value(
        _ entry: IndexEntry, in segment: Segment, key: [UInt8]
    ) throws(LogStoreError) -> [UInt8] {
        let length = Int(entry.length)
        let offset = Int(entry.offset)
        if length > Self.scratchBytes { return try largeValue(entry, in: segment, key: key) }
        var result: Result<[UInt8], LogStoreError> = .success([])
        withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { scratch in
            do throws(LogStoreError) {
                guard try segment.file.read(into: scratch, at: offset) == length else {
                    throw damaged(segment, offset, "the file ends inside the record")
                }
                result = .success(
                    try value(UnsafeRawBufferPointer(scratch), entry, in: segment, key: key))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// The value in the bytes of a record that an entry refers to.
    func value(
        _ record: UnsafeRawBufferPointer, _ entry: IndexEntry, in segment: Segment, key: [UInt8]
    ) throws(LogStoreError) -> [UInt8] {
        let headLength = try head(record, entry, in: segment, key: key)
        let seed = identity.seed(segment: segment.id, offset: Int(entry.offset))
        guard RecordFrame.verify(record, headLength: headLength, seed: seed) else {
            throw damaged(segment, Int(entry.offset), "the record does not verify")
        }
        return [UInt8](UnsafeRawBufferPointer(rebasing: record[headLength...]))
    }

    private func largeValue(
        _ entry: IndexEntry, in segment: Segment, key: [UInt8]
    ) throws(LogStoreError) -> [UInt8] {
        let offset = Int(entry.offset)
        var head = [UInt8](
            repeating: 0, count: RecordFrame.byteCount + RecordFrame.timeByteCount + key.count)
        guard try segment.file.read(into: &head, at: offset) == head.count else {
            throw damaged(segment, offset, "the file ends inside the record")
        }
        var result: Result<Int, LogStoreError> = .success(0)
        head.withUnsafeBytes { bytes in
            do throws(LogStoreError) {
                result = .success(try self.head(bytes, entry, in: segment, key: key))
            } catch {
                result = .failure(error)
            }
        }
        let headLength = try result.get()
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
        let isWhole = head.withUnsafeBytes { head in
            let hash = RecordFrame.headHash(
                UnsafeRawBufferPointer(rebasing: head[..<headLength]), seed: seed)
            return UInt32(truncatingIfNeeded: hash) == head.field(8, as: UInt32.self)
                && ContentHash.hash(value, seed: hash) == head.field(0, as: UInt64.self)
        }
        guard value.count == valueLength, isWhole else {
            throw damaged(segment, offset, "the record does not verify")
        }
        return value
    }

    /// Checks that a record's head says what the index says, before its lengths are used.
    private func head(
        _ record: UnsafeRawBufferPointer, _ entry: IndexEntry, in segment: Segment, key: [UInt8]
    ) throws(LogStoreError) -> Int {
        let frame = RecordFrame(record)
        let headLength = frame.headLength
        guard frame.length == Int(entry.length), frame.keyLength == key.count,
            headLength <= record.count,
            key.withUnsafeBytes({
                $0.lexicallyCompared(
                    to: UnsafeRawBufferPointer(
                        rebasing: record[(headLength - key.count)..<headLength])) == 0
            })
        else {
            throw damaged(segment, Int(entry.offset), "the record is not the one written there")
        }
        return headLength
    }

    private func damaged(
        _ segment: Segment, _ offset: Int, _ message: String
    ) -> LogStoreError {
        .corrupt(file: segment.fileName, offset: offset, message: message)
    }
}
