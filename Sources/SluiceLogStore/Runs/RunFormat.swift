/// Sizes and places inside a run file; `Format.md` draws them.
enum RunFormat {
    static let magic: [UInt8] = Array("SLUICERN".utf8)
    static let version: UInt32 = 1
    /// Everything in a run is a whole number of pages; the system maps and reads by the same.
    static let pageByteCount = 4096
    /// Bytes of a block before its prefix.
    static let blockHeadByteCount = 64
    /// Entries that share one key written in full.
    static let groupCount = 16
    /// Bytes that a group costs besides its entries: a head of 8 and an offset of 2.
    static let groupByteCount = 10
    /// Bytes behind a block's last row at least, so that reading a value never ends behind them.
    static let slackByteCount = 8
    /// Entries in a block at most, which the fields' widths bear and the writer's buffers hold.
    static let maximumEntryCount = 2048
    /// The two bytes of the collection before every key.
    static let collectionByteCount = 2
    static let maximumKeyByteCount = collectionByteCount + LogStoreLimits.keyBytes
    /// Pages of a run at most: numbers of pages have 32 bits.
    static let maximumPageCount = Int(UInt32.max)
    /// Bits of the filter for each key: about one absent key in a hundred seems present.
    static let filterBitsPerKey = 10
    static let lineByteCount = 64
    /// Lines of a filter page; where the first would be is the page's hash.
    static let linesPerPage = pageByteCount / lineByteCount - 1
}

/// Makes the hash seeds of a run's pages, which bind each to its store, run and place.
struct RunSeed {
    private let base: UInt64

    init(_ identity: StoreIdentity, run: UInt32) {
        base = identity.seed(segment: run, offset: 0) ^ ContentHash.k3
    }

    /// The seed of what begins at page `page`.
    func page(_ page: Int) -> UInt64 {
        ContentHash.mix(base, UInt64(truncatingIfNeeded: page) ^ ContentHash.k1)
    }
}

/// The last page of a run: what it holds and where.
struct RunFooter: Hashable {
    var id: UInt32
    /// Where a search begins.
    var rootPage = 0
    var entryCount = 0
    /// Entries that are the newest of their key.
    var keyCount = 0
    var leafPageCount = 0
    var nodePageCount = 0
    var filterPageCount = 0
    var filterLineCount = 0
    var smallestVersion = UInt64.max
    var largestVersion: UInt64 = 0

    /// Number of the footer's own page.
    var page: Int { leafPageCount + nodePageCount + filterPageCount }

    private static let hashOffset = 16

    func encoded(_ identity: StoreIdentity) -> [UInt8] {
        var bytes = RunFormat.magic
        bytes.append(number: RunFormat.version)
        bytes.append(number: UInt32(RunFormat.pageByteCount))
        for _ in 0..<3 { bytes.append(number: UInt64(0)) }  // hash, features
        bytes += identity.bytes
        bytes.append(number: id)
        bytes.append(number: UInt32(truncatingIfNeeded: rootPage))
        bytes.append(number: UInt64(truncatingIfNeeded: entryCount))
        bytes.append(number: UInt64(truncatingIfNeeded: keyCount))
        bytes.append(number: UInt32(truncatingIfNeeded: leafPageCount))
        bytes.append(number: UInt32(truncatingIfNeeded: nodePageCount))
        bytes.append(number: UInt32(truncatingIfNeeded: filterPageCount))
        bytes.append(number: UInt32(truncatingIfNeeded: filterLineCount))
        bytes.append(number: smallestVersion)
        bytes.append(number: largestVersion)
        bytes += [UInt8](repeating: 0, count: RunFormat.pageByteCount - bytes.count)
        let hash = ContentHash.hash(bytes, seed: RunSeed(identity, run: id).page(page))
        bytes.withUnsafeMutableBytes { $0.baseAddress?.setField(Self.hashOffset, hash) }
        return bytes
    }

    /// Reads a footer that lies at page `page`; throws a message where it is not a whole footer
    /// of this run of this store.
    static func decode(
        _ bytes: [UInt8], page: Int, id: UInt32, identity: StoreIdentity
    ) throws(LogStoreError) -> RunFooter {
        func damaged(_ message: String) -> LogStoreError {
            .corrupt(
                file: Run.fileName(id), offset: page * RunFormat.pageByteCount, message: message)
        }
        guard bytes.count == RunFormat.pageByteCount, bytes.starts(with: RunFormat.magic) else {
            throw damaged("this is not the end of a run")
        }
        guard Array(bytes[40..<56]) == identity.bytes else {
            throw damaged("the run belongs to another store")
        }
        var cleared = bytes
        cleared.replaceSubrange(hashOffset..<hashOffset + 8, with: repeatElement(0, count: 8))
        let hash = ContentHash.hash(cleared, seed: RunSeed(identity, run: id).page(page))
        let fields = Fields(bytes)
        guard fields.hash == hash else { throw damaged("the footer's hash does not match") }
        guard fields.version == RunFormat.version, fields.incompatible == 0 else {
            throw .unsupportedFormat(
                file: Run.fileName(id),
                found: Int(fields.version) + (fields.incompatible == 0 ? 0 : 1),
                supported: Int(RunFormat.version))
        }
        guard fields.footer.id == id, fields.footer.page == page, fields.footer.isSound else {
            throw damaged("the footer does not fit the file")
        }
        return fields.footer
    }

    /// What the bytes of a footer say.
    private struct Fields {
        let hash: UInt64
        let version: UInt32
        let incompatible: UInt64
        let footer: RunFooter

        init(_ bytes: [UInt8]) {
            self = bytes.withUnsafeBytes { Fields($0) }
        }

        private init(_ raw: UnsafeRawBufferPointer) {
            hash = raw.field(hashOffset)
            version = raw.field(8)
            incompatible = raw.field(32)
            footer = RunFooter(
                id: raw.field(56), rootPage: Int(raw.field(60, as: UInt32.self)),
                entryCount: Int(clamping: raw.field(64, as: UInt64.self)),
                keyCount: Int(clamping: raw.field(72, as: UInt64.self)),
                leafPageCount: Int(raw.field(80, as: UInt32.self)),
                nodePageCount: Int(raw.field(84, as: UInt32.self)),
                filterPageCount: Int(raw.field(88, as: UInt32.self)),
                filterLineCount: Int(raw.field(92, as: UInt32.self)),
                smallestVersion: raw.field(96), largestVersion: raw.field(104))
        }
    }

    /// Whether the parts fit each other.
    private var isSound: Bool {
        filterLineCount > 0
            && filterLineCount <= filterPageCount * RunFormat.linesPerPage
            && (leafPageCount == 0) == (entryCount == 0)
            // Each entry has a byte of its own at least.
            && entryCount <= leafPageCount * RunFormat.pageByteCount
            && keyCount <= entryCount
            && (entryCount == 0 || rootPage < leafPageCount + nodePageCount)
    }
}
