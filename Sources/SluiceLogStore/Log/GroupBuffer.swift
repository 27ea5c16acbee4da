/// A group of records on their way to the log: encoded for one place, large values left where
/// they are.
struct GroupBuffer {
    /// Values of at least this size are written from the caller's array.
    static let largeValue = 256 << 10

    enum Piece {
        case buffered(Range<Int>)
        case external([UInt8])
    }

    private var bytes: UnsafeMutableRawBufferPointer
    private var count = 0
    private var pieceStart = 0
    private(set) var pieces: [Piece] = []
    /// Bytes of the group so far.
    private(set) var byteCount = 0

    init() {
        bytes = .allocate(byteCount: 16 << 10, alignment: 16)
    }

    /// Frees the memory; the buffer must not be used afterwards.
    func free() {
        bytes.deallocate()
    }

    /// Forgets the content.
    mutating func reset() {
        count = 0
        pieceStart = 0
        byteCount = 0
        pieces.removeAll(keepingCapacity: true)
        // One large group must not hold its memory for ever.
        if bytes.count > 8 << 20 {
            bytes.deallocate()
            bytes = .allocate(byteCount: 16 << 10, alignment: 16)
        }
    }

    /// Begins the group.
    mutating func begin(_ group: GroupFrame, seed: UInt64) {
        let target = reserve(RecordFrame.byteCount)
        group.store(target, seed: seed)
        byteCount += RecordFrame.byteCount
    }

    /// Adds a record whose place has the given seed; its flags tell whether it carries the time and
    /// the revision that created its key.
    mutating func append(
        _ frame: RecordFrame, time: Int64, created: UInt64, key: [UInt8], value: [UInt8],
        seed: UInt64
    ) {
        let isLarge = value.count >= Self.largeValue
        key.withUnsafeBytes { key in
            value.withUnsafeBytes { value in
                append(
                    frame, time: time, created: created, key: key, value: value, seed: seed,
                    isValueOutside: isLarge)
            }
        }
        if isLarge {
            endPiece()
            pieces.append(.external(value))
        }
    }

    /// Adds a record whose key and value are copied, or the value only hashed.
    @inline(__always)
    mutating func append(
        _ frame: RecordFrame, time: Int64, created: UInt64, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer, seed: UInt64, isValueOutside isLarge: Bool = false
    ) {
        let target = reserve(frame.headLength + (isLarge ? 0 : value.count))
        let head = UnsafeMutableRawBufferPointer(rebasing: target[..<frame.headLength])
        if let base = head.baseAddress {
            frame.store(base)
            var place = RecordFrame.byteCount
            if frame.flags & RecordFlags.time != 0 {
                base.setField(place, time)
                place += RecordFrame.timeByteCount
            }
            if frame.flags & RecordFlags.created != 0 { base.setField(place, created) }
        }
        let keyPlace = UnsafeMutableRawBufferPointer(
            rebasing: head[(frame.headLength - key.count)...])
        keyPlace.copyMemory(from: key)
        RecordFrame.seal(head: head, value: value, seed: seed)
        if !isLarge {
            UnsafeMutableRawBufferPointer(rebasing: target[frame.headLength...])
                .copyMemory(from: value)
        }
        byteCount += frame.length
    }

    /// Ends the group; it may be written now.
    mutating func finish() {
        endPiece()
    }

    /// Writes the group durably where it is one piece; gives whether it is.
    func writeDurably(to file: DiskFile, at offset: Int) throws(LogStoreError) -> Bool {
        guard pieces.count == 1, case .buffered(let range) = pieces[0] else { return false }
        try file.writeDurably(UnsafeRawBufferPointer(rebasing: bytes[range]), at: offset)
        return true
    }

    /// Writes one piece and gives its length.
    func write(_ piece: Int, to file: DiskFile, at offset: Int) throws(LogStoreError) -> Int {
        switch pieces[piece] {
        case .buffered(let range):
            try file.write(UnsafeRawBufferPointer(rebasing: bytes[range]), at: offset)
            return range.count
        case .external(let value):
            try file.write(value, at: offset)
            return value.count
        }
    }

    private mutating func endPiece() {
        if count > pieceStart { pieces.append(.buffered(pieceStart..<count)) }
        pieceStart = count
    }

    private mutating func reserve(_ size: Int) -> UnsafeMutableRawBufferPointer {
        if count + size > bytes.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(bytes.count * 2, count + size), alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            bytes.deallocate()
            bytes = larger
        }
        defer { count += size }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + size])
    }
}
