@testable import SluiceLogStore

/// Files of a store in short forms, without the zeros that fill pages and heads.
enum StoreFiles {
    static let segmentHead = SegmentHead.copyByteCount

    // MARK: Segments

    /// A segment: the first 128 bytes are both copies of the head, what follows the records.
    static func segment(_ short: [UInt8], id: UInt32, repairs: Bool) -> [UInt8] {
        var copy = Array(short.prefix(segmentHead))
        copy += repeatElement(0, count: segmentHead - copy.count)
        if repairs { HashRepair.repairHead(&copy) }
        var bytes = [UInt8](repeating: 0, count: SegmentHead.byteCount)
        bytes.replaceSubrange(0..<segmentHead, with: copy)
        let second = SegmentHead.copyOffset..<SegmentHead.copyOffset + segmentHead
        bytes.replaceSubrange(second, with: copy)
        bytes += short.dropFirst(segmentHead)
        if repairs {
            HashRepair.repairRecords(&bytes, segment: id, from: SegmentHead.byteCount)
        }
        return bytes
    }

    /// Without the zeros behind the records, of which only some are their own.
    static func short(segment bytes: [UInt8]) -> [UInt8] {
        let records = Array(bytes.dropFirst(SegmentHead.byteCount))
        let end = records.withoutTrailingZeros().count + 64
        return Array(bytes.prefix(segmentHead)) + records.prefix(end)
    }

    // MARK: Runs

    /// Pages of a run at most: two bytes of an input make a page, and many take long.
    private static let maximumPages = 64

    /// A run: parts that zeros fill up to whole pages.
    static func run(_ short: [UInt8], id: UInt32, repairs: Bool) -> [UInt8] {
        var cut = InputCut(short)
        var bytes: [UInt8] = []
        while !cut.isAtEnd, bytes.count < maximumPages * RunFormat.pageByteCount {
            let part = cut.part()
            bytes += part
            let pages = max(1, (part.count + RunFormat.pageByteCount - 1) / RunFormat.pageByteCount)
            bytes += repeatElement(0, count: pages * RunFormat.pageByteCount - part.count)
        }
        if repairs { HashRepair.repairRun(&bytes, id: id) }
        return bytes
    }

    static func short(run bytes: [UInt8]) -> [UInt8] {
        var short: [UInt8] = []
        for page in stride(from: 0, to: bytes.count, by: RunFormat.pageByteCount) {
            short.append(
                part: Array(bytes[page..<page + RunFormat.pageByteCount]).withoutTrailingZeros())
        }
        return short
    }

    // MARK: Folders

    /// The files of a folder, each with its kind and id before it.
    static func folder(_ cut: inout InputCut, repairs: Bool) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        while !cut.isAtEnd {
            let kind = cut.byte()
            let id = id(cut.byte())
            var part = cut.part()
            switch kind % 4 {
            case 0, 1:
                files[SegmentHead.fileName(id)] = segment(part, id: id, repairs: repairs)
            case 2:
                files[Run.fileName(id)] = run(part, id: id, repairs: repairs)
            default:
                if repairs { HashRepair.repairManifest(&part) }
                files[Manifest.fileName] = part
            }
        }
        return files
    }

    /// Small ids, and the largest ones.
    private static func id(_ byte: UInt8) -> UInt32 {
        byte < 0xF0 ? UInt32(byte) : UInt32.max - UInt32(0xFF - byte)
    }

    static func short(folder files: [String: [UInt8]]) -> [UInt8] {
        var short: [UInt8] = []
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            if let id = SegmentHead.id(fileName: name) {
                short += [0, UInt8(id)]
                short.append(part: Self.short(segment: bytes))
            } else if let id = Run.id(fileName: name) {
                short += [2, UInt8(id)]
                short.append(part: Self.short(run: bytes))
            } else if name == Manifest.fileName {
                short += [3, 0]
                short.append(part: bytes)
            }
        }
        return short
    }
}
