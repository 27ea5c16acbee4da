@testable import SluiceLogStore

/// Makes the hashes of changed bytes right again, so that what lies behind them is reached.
///
/// All files belong to one store, whose id is that of the seeds.
enum HashRepair {
    static let identity = StoreIdentity(bytes: Array(1...16))

    /// One of the two copies in a segment's head, of 128 bytes.
    static func repairHead(_ copy: inout [UInt8]) {
        guard copy.count >= 24 else { return }
        copy.replaceSubrange(16..<24, with: [UInt8](repeating: 0, count: 8))
        put(ContentHash.hash(copy, seed: 0), into: &copy, at: 16)
    }

    /// The records from `start` on, each where the one before ends.
    static func repairRecords(_ bytes: inout [UInt8], segment: UInt32, from start: Int) {
        var place = start
        while place + RecordFrame.byteCount <= bytes.count {
            let frame = bytes[place...].withUnsafeBytes { RecordFrame($0) }
            let isGroup = frame.kind == RecordKind.group.rawValue
            let length = isGroup ? frame.headLength : frame.length
            guard length <= bytes.count - place else { return }
            let seed = identity.seed(segment: segment, offset: place)
            bytes.withUnsafeMutableBytes { bytes in
                let record = UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + length])
                RecordFrame.seal(
                    head: UnsafeMutableRawBufferPointer(rebasing: record[..<frame.headLength]),
                    value: UnsafeRawBufferPointer(rebasing: record[frame.headLength...]),
                    seed: seed)
            }
            place += isGroup ? RecordFrame.byteCount : length
        }
    }

    /// The pages of a run, its footer the last.
    static func repairRun(_ bytes: inout [UInt8], id: UInt32) {
        let size = RunFormat.pageByteCount
        let footer = bytes.count / size - 1
        guard footer >= 0 else { return }
        let seed = RunSeed(identity, run: id)
        let blocks = footer - Int(bytes.number(footer * size + 88, as: UInt32.self))
        var page = 0
        while page < footer {
            let said = Int(bytes.number(page * size + 8, as: UInt16.self))
            let pages = page < blocks ? min(max(said, 1), blocks - page) : 1
            let content = Array(bytes[page * size + 8..<(page + pages) * size])
            put(ContentHash.hash(content, seed: seed.page(page)), into: &bytes, at: page * size)
            page += pages
        }
        put(0, into: &bytes, at: footer * size + 16)
        let content = Array(bytes[(footer * size)...])
        put(
            ContentHash.hash(content, seed: seed.page(footer)), into: &bytes,
            at: footer * size + 16)
    }

    /// A manifest: the length of its body and its hash.
    static func repairManifest(_ bytes: inout [UInt8]) {
        guard bytes.count >= 32 else { return }
        withUnsafeBytes(of: UInt32(bytes.count - 32).littleEndian) {
            bytes.replaceSubrange(12..<16, with: $0)
        }
        put(ContentHash.hash(Array(bytes[..<24] + bytes[32...]), seed: 0), into: &bytes, at: 24)
    }

    private static func put(_ hash: UInt64, into bytes: inout [UInt8], at offset: Int) {
        withUnsafeBytes(of: hash.littleEndian) {
            bytes.replaceSubrange(offset..<offset + 8, with: $0)
        }
    }
}

extension [UInt8] {
    fileprivate func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
        withUnsafeBytes { $0.field(offset) }
    }
}
