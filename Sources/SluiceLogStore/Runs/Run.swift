import SluiceSystem
import Synchronization

/// A sorted part of the index on disk; nothing in it ever changes.
///
/// Safe to use from any thread. Mapped where the file system can, so that the system decides what
/// of it is in memory; else its tree and filter are in memory and leaves are read when needed.
///
/// Opening reads the footer alone. The hash of any other page is looked at when this object uses
/// the page for the first time, which costs about a microsecond then and a bit from then on.
///
/// `@unchecked Sendable`: what the pointers point to is written only by `init`, and the bits of
/// verified pages are atomic.
final class Run: @unchecked Sendable {
    let id: UInt32
    let footer: RunFooter
    let file: DiskFile
    let seed: RunSeed
    /// The whole file, where it is mapped.
    let mapped: UnsafeRawPointer?
    /// The first page behind the leaves: tree and filter.
    let tail: UnsafeRawPointer
    private let ownedTail: UnsafeMutableRawPointer?
    private let verified: UnsafeMutablePointer<Atomic<UInt64>>
    private let verifiedCount: Int

    private init(
        file: DiskFile, footer: RunFooter, seed: RunSeed, isMapped: Bool
    ) throws(LogStoreError) {
        self.file = file
        self.footer = footer
        self.seed = seed
        id = footer.id
        let byteCount = (footer.page + 1) * RunFormat.pageByteCount
        mapped = isMapped ? file.map(count: byteCount)?.baseAddress : nil
        if let mapped {
            tail = mapped + footer.leafPageCount * RunFormat.pageByteCount
            ownedTail = nil
        } else {
            let owned = try Self.read(file, footer)
            tail = UnsafeRawPointer(owned)
            ownedTail = owned
        }
        verifiedCount = footer.page / 64 + 1
        verified = .allocate(capacity: verifiedCount)
        for word in 0..<verifiedCount { (verified + word).initialize(to: Atomic(0)) }
    }

    deinit {
        ownedTail?.deallocate()
        verified.deinitialize(count: verifiedCount)
        verified.deallocate()
    }

    /// Opens a run.
    ///
    /// Throws `.corrupt` where the file is not a whole run with this id of this store,
    /// `.unsupportedFormat`, and `.io`.
    static func open(
        file: DiskFile, id: UInt32, identity: StoreIdentity, isMapped: Bool = true
    ) throws(LogStoreError) -> Run {
        let size = try file.size()
        let page = size / RunFormat.pageByteCount - 1
        guard page >= 0, size % RunFormat.pageByteCount == 0, page < RunFormat.maximumPageCount
        else {
            throw .corrupt(file: fileName(id), offset: size, message: "the run has been cut off")
        }
        var bytes = [UInt8](repeating: 0, count: RunFormat.pageByteCount)
        let count = try file.read(into: &bytes, at: page * RunFormat.pageByteCount)
        bytes.removeLast(bytes.count - count)
        let footer = try RunFooter.decode(bytes, page: page, id: id, identity: identity)
        return try Run(
            file: file, footer: footer, seed: RunSeed(identity, run: id), isMapped: isMapped)
    }

    private static func read(
        _ file: DiskFile, _ footer: RunFooter
    ) throws(LogStoreError) -> UnsafeMutableRawPointer {
        let count =
            (footer.nodePageCount + footer.filterPageCount) * RunFormat.pageByteCount
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: count, alignment: RunFormat.lineByteCount)
        let offset = footer.leafPageCount * RunFormat.pageByteCount
        do throws(LogStoreError) {
            let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: count)
            guard try file.read(into: buffer, at: offset) == count else {
                throw .corrupt(
                    file: fileName(footer.id), offset: offset, message: "the run has been cut off")
            }
        } catch {
            bytes.deallocate()
            throw error
        }
        return bytes
    }

    /// The name of a run's file: its id, eight hexadecimal digits.
    static func fileName(_ id: UInt32) -> String { Hexadecimal.text(id, digits: 8) + ".run" }

    /// The id that a file's name says, or nil if it is not a run's.
    static func id(fileName: String) -> UInt32? {
        guard fileName.hasSuffix(".run"),
            let id = Hexadecimal.number(fileName.dropLast(4), digits: 8)
        else { return nil }
        return UInt32(id)
    }

    /// Versions in the run.
    var entryCount: Int { footer.entryCount }
    /// Different keys in the run.
    var keyCount: Int { footer.keyCount }
    /// Bytes of the file.
    var byteCount: Int { (footer.page + 1) * RunFormat.pageByteCount }

    // MARK: Pages

    @inline(__always)
    func isVerified(_ page: Int) -> Bool {
        verified[page &>> 6].load(ordering: .relaxed) &>> UInt64(page & 63) & 1 == 1
    }

    func setVerified(_ page: Int) {
        verified[page &>> 6].bitwiseOr(1 &<< UInt64(page & 63), ordering: .relaxed)
    }

    func damaged(_ page: Int, _ message: String) -> LogStoreError {
        .corrupt(
            file: Self.fileName(id), offset: page * RunFormat.pageByteCount, message: message)
    }

    /// A block of the tree.
    @inline(__always)
    func node(_ page: Int) throws(LogStoreError) -> RunBlock {
        let start = tail + (page &- footer.leafPageCount) &* RunFormat.pageByteCount
        if !isVerified(page) {
            try verify(
                start, page, end: footer.leafPageCount + footer.nodePageCount,
                minimumKeyByteCount: 0)
        }
        return RunBlock(start)
    }

    /// A block of the tree, looked at once more.
    func nodeAnew(_ page: Int) throws(LogStoreError) -> RunBlock {
        let start = tail + (page - footer.leafPageCount) * RunFormat.pageByteCount
        try verify(
            start, page, end: footer.leafPageCount + footer.nodePageCount, minimumKeyByteCount: 0)
        return RunBlock(start)
    }

    /// A leaf, looked at once more.
    func leafAnew(_ page: Int, _ buffer: inout RunBuffer) throws(LogStoreError) -> RunBlock {
        guard let mapped else { return try readLeaf(page, &buffer) }
        let start = mapped + page * RunFormat.pageByteCount
        try verifyLeaf(start, page)
        return RunBlock(start)
    }

    /// A leaf; where the run is not mapped in the memory of `buffer`, until its next use.
    @inline(__always)
    func leaf(_ page: Int, _ buffer: inout RunBuffer) throws(LogStoreError) -> RunBlock {
        guard let mapped else { return try readLeaf(page, &buffer) }
        let start = mapped + page &* RunFormat.pageByteCount
        if !isVerified(page) { try verifyLeaf(start, page) }
        return RunBlock(start)
    }

    @inline(never)
    func verifyLeaf(_ start: UnsafeRawPointer, _ page: Int) throws(LogStoreError) {
        try verify(
            start, page, end: footer.leafPageCount,
            minimumKeyByteCount: RunFormat.collectionByteCount)
    }

    /// Looks at a block that begins at `page` and has to end before page `end`.
    @inline(never)
    private func verify(
        _ start: UnsafeRawPointer, _ page: Int, end: Int, minimumKeyByteCount: Int
    ) throws(LogStoreError) {
        let pages = Int(start.number(8, as: UInt16.self))
        guard pages > 0, pages <= end - page else {
            throw damaged(page, "the block's length does not fit")
        }
        let bytes = UnsafeRawBufferPointer(
            start: start, count: pages * RunFormat.pageByteCount)
        let damage = RunBlock.damage(
            bytes, seed: seed.page(page), minimumKeyByteCount: minimumKeyByteCount)
        if let damage { throw damaged(page, damage) }
        setVerified(page)
    }

    private func readLeaf(
        _ page: Int, _ buffer: inout RunBuffer
    ) throws(LogStoreError) -> RunBlock {
        guard page >= 0, page < footer.leafPageCount else {
            throw damaged(page, "there is no such leaf")
        }
        var start = try buffer.read(self, page, pages: 1)
        let pages = Int(start.number(8, as: UInt16.self))
        guard pages > 0, pages <= footer.leafPageCount - page else {
            throw damaged(page, "the block's length does not fit")
        }
        if pages > 1 { start = try buffer.read(self, page, pages: pages) }
        try verifyLeaf(start, page)
        return RunBlock(start)
    }
}

/// Memory for leaves of a run that is not mapped; empty and of no cost otherwise.
struct RunBuffer: ~Copyable {
    private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit {
        bytes.deallocate()
    }

    fileprivate mutating func read(
        _ run: Run, _ page: Int, pages: Int
    ) throws(LogStoreError) -> UnsafeRawPointer {
        let count = pages * RunFormat.pageByteCount
        if bytes.count < count {
            bytes.deallocate()
            bytes = .allocate(byteCount: count, alignment: 8)
        }
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
        guard try run.file.read(into: part, at: page * RunFormat.pageByteCount) == count,
            let start = part.baseAddress
        else { throw run.damaged(page, "the run has been cut off") }
        return UnsafeRawPointer(start)
    }
}
