import SluiceSystem

/// One pass over the live records of a range, as of one revision.
///
/// Keys are collected in batches and their records touched together before the first is read, so
/// that the processor waits for memory once and not for each of them.
struct Search: ~Copyable {
    private static let firstBatch = 128
    private static let largestBatch = 256
    /// Bytes of records collected in one batch, so that a page of large values is read in pieces.
    private static let batchBytes = 4 << 20

    private struct Hit {
        var entry: IndexEntry
        /// Where its record lies in memory; nil where it has to be read.
        var bytes: UnsafeRawBufferPointer?
        var keyStart: Int
        var keyCount: Int
    }

    private let find: LogStoreFind
    private let now: Int64
    private let reader: RecordReader
    /// Where the range ends in the direction of travel.
    private let stop: KeyBound
    private var cursor: LayerCursor
    private var hits: [Hit] = []
    private var keys = KeyBuffer()
    private var batch: Int
    /// Whether the range has been walked to its end.
    private var isAtEnd = false
    private var keysLeft: Int
    /// The last key looked at.
    private var lastLooked: [UInt8] = []
    private var touched: UInt8 = 0

    init(
        _ find: LogStoreFind, _ collection: UInt16, layers: Layers, revision: UInt64, now: Int64,
        identity: StoreIdentity, lock: ReadWriteLocked<StoreState>?
    ) throws(LogStoreError) {
        self.find = find
        self.now = now
        reader = RecordReader(identity: identity, layers: layers)
        let (lower, upper) = KeyBound.bounds(of: find)
        stop = find.reverse ? lower : upper
        cursor = try LayerCursor(
            layers, collection, from: find.reverse ? upper : lower, reverse: find.reverse,
            revision: revision, lock: lock)
        keysLeft = max(1, find.maximumKeys)
        // One more than can be returned tells whether the range ends there.
        batch = find.limit > 0 ? min(find.limit, Self.largestBatch) + 1 : Self.firstBatch
    }

    // MARK: Pages

    /// The records of one page.
    mutating func page(asOf revision: UInt64) throws(LogStoreError) -> LogStorePage {
        var page = LogStorePage(records: [], next: nil, asOf: Int64(clamping: revision))
        var bytesLeft = max(1, find.maximumBytes)
        let needsValues = !find.keysOnly || find.where != nil
        // The last key whose record was taken or passed over.
        var done: [UInt8]?
        while !isAtEnd, keysLeft > 0 {
            try fill(readsValues: needsValues)
            for index in hits.indices {
                if find.limit > 0, page.records.count >= find.limit {
                    page.next = done
                    return page
                }
                var record: LogStoreRecord
                do throws(LogStoreError) {
                    record = try self.record(index, readsValue: needsValues)
                } catch .corrupt(let file, let offset, let message, let key?, let revision) {
                    page.damages.append(
                        LogStoreRecoveryReport.Damage(
                            file: file, offset: offset, key: key, revision: revision,
                            message: message))
                    done = key
                    continue
                }
                if try isWanted(record) {
                    if find.keysOnly { record.value = [] }
                    let bytes = record.key.count + record.value.count
                    if bytes > bytesLeft, !page.records.isEmpty {
                        page.next = done
                        return page
                    }
                    bytesLeft -= bytes
                    page.records.append(record)
                }
                done = record.key
            }
            if !lastLooked.isEmpty { done = lastLooked }
        }
        if !isAtEnd { page.next = done }
        return page
    }

    private func isWanted(_ record: LogStoreRecord) throws(LogStoreError) -> Bool {
        guard let condition = find.where else { return true }
        do {
            return try condition(record)
        } catch {
            throw (error as? LogStoreError) ?? .cancelled(error)
        }
    }

    private func record(
        _ index: Int, readsValue: Bool
    ) throws(LogStoreError) -> LogStoreRecord {
        let hit = hits[index]
        let key = Array(keys.key(at: hit.keyStart, count: hit.keyCount))
        if readsValue { return try reader.record(hit.entry, key: key) }
        return LogStoreRecord(
            key: key, value: [], revision: Int64(clamping: hit.entry.version),
            createdRevision: Int64(clamping: hit.entry.created),
            expiresAt: hit.entry.expiresAt == 0 ? nil : hit.entry.expiresAt)
    }

    // MARK: Scans

    /// Gives the bytes of key and value of each record, until `body` says no.
    mutating func scan(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws(LogStoreError) {
        var left = find.limit > 0 ? find.limit : Int.max
        while !isAtEnd {
            try fill(readsValues: true)
            guard try scanBatch(&left, body), left > 0 else { return }
        }
    }

    private func scanBatch(
        _ left: inout Int,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws(LogStoreError) -> Bool {
        for hit in hits {
            guard left > 0 else { return false }
            left -= 1
            let key = keys.key(at: hit.keyStart, count: hit.keyCount)
            let answer = try value(of: hit, key) { value in Result { try body(key, value) } }
            switch answer {
            case .success(true): continue
            case .success(false): return false
            case .failure(let error): throw (error as? LogStoreError) ?? .cancelled(error)
            }
        }
        return true
    }

    @inline(__always)
    private func value<R>(
        of hit: Hit, _ key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(LogStoreError) -> R {
        guard let bytes = hit.bytes else {
            return try reader.withValue(hit.entry, key: key) { value, _ in body(value) }
        }
        return try reader.withValue(hit.entry, bytes, key: key) { value, _ in body(value) }
    }

    // MARK: Batches

    /// Collects the next live keys of the range.
    private mutating func fill(readsValues: Bool) throws(LogStoreError) {
        hits.removeAll(keepingCapacity: true)
        keys.removeAll()
        var bytes = 0
        var isLookedLast = false
        while hits.count < batch, bytes < Self.batchBytes, keysLeft > 0 {
            guard let (key, entry) = try cursor.next(),
                stop.contains(key, isLower: find.reverse)
            else {
                isAtEnd = true
                break
            }
            keysLeft -= 1
            isLookedLast = !entry.isLive(at: now)
            if isLookedLast {
                lastLooked.removeAll(keepingCapacity: true)
                lastLooked.append(contentsOf: key)
                continue
            }
            hits.append(
                Hit(
                    entry: entry, bytes: readsValues ? reader.mapped(entry) : nil,
                    keyStart: keys.count, keyCount: key.count))
            keys.append(key)
            bytes += readsValues ? Int(entry.length) : key.count
        }
        if !isLookedLast { lastLooked.removeAll(keepingCapacity: true) }
        batch = min(batch * 4, Self.largestBatch)
        if readsValues, hits.count > 1 { touch() }
    }

    /// Loads some bytes of each record, so that the processor waits for all of them together.
    ///
    /// Nothing else may happen in between, counting of references least of all: it lets no later
    /// load begin.
    private mutating func touch() {
        var sum: UInt8 = 0
        for hit in hits {
            guard let bytes = hit.bytes else { continue }
            let last = bytes.count - 1
            sum &+= bytes[0] &+ bytes[min(64, last)] &+ bytes[min(128, last)] &+ bytes[last]
        }
        touched &+= sum
    }
}
