/// Everything that readers look at: the index and what belongs to it.
///
/// Guarded by the store's reader-writer lock.
final class StoreState {
    let index = KeyIndex()
    let snapshots = Snapshots()
    var segments: [UInt32: Segment] = [:]
    /// Compacted segments whose files may still be there.
    var retired: [Segment] = []
    var collections: [String: UInt16] = [:]
    var names: [UInt16: String] = [:]
    var cursors: [String: Int64] = [:]
    /// The newest acknowledged revision.
    var revision: UInt64 = 0
    /// Bytes that count against the cap.
    var liveBytes = 0
    var records = 0
    var tombstones = 0
    var expiry = ExpiryQueue()
    var isClosed = false
    var groups = 0
    var compactedSegments = 0
    var compactedBytes = 0

    /// Enters a record at its place, unless the index already knows a newer version of the key.
    func apply(
        _ frame: RecordFrame, key: UnsafeRawBufferPointer, in segment: Segment, at offset: Int
    ) {
        // Records of the store's own take no sequence number; theirs orders versions instead.
        let isUser = frame.collection >= SystemCollection.firstUser
        let version = isUser ? frame.sequence : frame.previous
        let entry = IndexEntry(
            version: version, created: version, segment: segment.id, offset: offset,
            length: frame.length, expiresAt: frame.expiresAt,
            isDead: frame.kind == RecordKind.delete.rawValue, recordFlags: frame.flags)
        let (isSet, old) = index.update(frame.collection, key, entry) { $0.version <= version }
        guard isSet else { return }
        if let old {
            if !old.isDead, snapshots.needs(old), let home = segments[old.segment] {
                snapshots.keep(
                    old, of: KeyName(collection: frame.collection, key: Array(key)), in: home)
            }
            count(old, isUser: isUser, by: -1)
        }
        count(entry, isUser: isUser, by: 1)
        if entry.expiresAt != 0, !entry.isDead {
            let name = KeyName(collection: frame.collection, key: Array(key))
            expiry.insert(
                ExpiryQueue.Item(expiresAt: entry.expiresAt, version: version, name: name))
        }
    }

    /// Enters the value of a record of the store's own.
    func applySystem(_ frame: RecordFrame, key: UnsafeRawBufferPointer, value: [UInt8]) {
        let name = String(decoding: key, as: UTF8.self)
        value.withUnsafeBytes { bytes in
            switch RecordKind(rawValue: frame.kind) {
            case .collection where bytes.count == 4:
                let number = UInt16(truncatingIfNeeded: bytes.field(0, as: UInt32.self))
                collections[name] = number
                names[number] = name
            case .cursor where bytes.count == 8:
                cursors[name] = bytes.field(0, as: Int64.self)
            default:
                break
            }
        }
    }

    /// Turns records whose instant has come into tombstones.
    func expire(at now: Int64) {
        while let item = expiry.takeExpired(at: now) {
            item.name.key.withUnsafeBytes { key in
                guard var entry = index.entry(item.name.collection, key), !entry.isDead,
                    entry.version == item.version
                else { return }
                count(entry, isUser: true, by: -1)
                entry.isDead = true
                count(entry, isUser: true, by: 1)
                _ = index.update(item.name.collection, key, entry) { _ in true }
            }
        }
    }

    /// Adds an entry to the sums, or takes it away.
    func count(_ entry: IndexEntry, isUser: Bool, by sign: Int) {
        let bytes = sign * Int(entry.length)
        if entry.isDead {
            segments[entry.segment]?.tombstoneBytes += bytes
            tombstones += sign
        } else {
            segments[entry.segment]?.liveBytes += bytes
            guard isUser else { return }
            liveBytes += sign * entry.charge
            records += sign
        }
    }
}
