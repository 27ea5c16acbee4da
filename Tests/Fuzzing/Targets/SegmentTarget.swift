import SluiceStoreTesting

@testable import SluiceLogStore

/// The reader of records, groups and what is left of them, over any bytes.
///
/// The first byte says whether hashes are made right and whether the file ends early.
enum SegmentTarget: FuzzTarget {
    static let name = "segment"

    static func seeds() throws -> [[UInt8]] {
        var seeds: Set<[UInt8]> = []
        for folder in try StoreSeeds.folders() {
            for (name, bytes) in folder where SegmentHead.id(fileName: name) == 1 {
                seeds.insert([0] + bytes.dropFirst(SegmentHead.byteCount))
            }
        }
        return seeds.sorted { $0.count < $1.count }
    }

    static func run(_ input: [UInt8]) {
        var cut = InputCut(input)
        let mode = cut.byte()
        var bytes = [UInt8](repeating: 0, count: SegmentHead.byteCount) + cut.remaining()
        if mode & 1 != 0 {
            HashRepair.repairRecords(&bytes, segment: 1, from: SegmentHead.byteCount)
        }
        let size = bytes.count
        let reader = SegmentReader(
            id: 1, file: DiskFile(MemoryFile(bytes)),
            identity: HashRepair.identity,
            limit: mode & 2 != 0 ? max(0, size - Int(mode >> 2)) : size)
        do throws(LogStoreError) {
            try readGroups(reader)
            try readRecords(reader)
        } catch {
            require(false, "reading failed: \(error)")
        }
    }

    private static func readGroups(_ reader: SegmentReader) throws(LogStoreError) {
        var place = SegmentHead.byteCount
        while case .group(let group, let end) = try reader.group(at: place) {
            require(end > place && end <= reader.limit, "a group ends at \(end) of \(reader.limit)")
            require(end - place >= group.byteCount, "a group is shorter than it says")
            for (index, item) in reader.batch.records.enumerated() {
                require(item.offset + item.frame.length <= end, "a record leaves its group")
                require(
                    reader.batch.key(index).count == item.frame.keyLength, "a key is too short")
                let value = try reader.value(at: item.offset, item.frame)
                require(value?.count == item.frame.valueLength, "a value is too short")
            }
            place = end
        }
        require(try reader.endOfContent(from: place) >= place, "content ends before its begin")
        _ = try reader.promise(from: place)
    }

    private static func readRecords(_ reader: SegmentReader) throws(LogStoreError) {
        var place = SegmentHead.byteCount
        while place < reader.limit {
            switch try reader.record(at: place) {
            case .record(let frame), .damagedValue(let frame):
                require(reader.key.count == frame.keyLength, "a key is too short")
                place += frame.isContent ? frame.length : RecordFrame.byteCount
            case .blank, .garbage:
                guard let next = try reader.resynchronise(from: place + 1, to: reader.limit)
                else { return }
                require(next > place && next < reader.limit, "the next record is at \(next)")
                place = next
            }
        }
    }
}
