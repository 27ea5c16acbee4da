import SluiceSystem

/// Memory for the nodes and leaves of one tree: blocks are handed out from growing chunks, given
/// back to a list of their size, and all freed together with the arena.
struct Arena {
    private static let largestPooled = 4096
    private static let firstChunk = 4096
    private static let largestChunk = 4 << 20
    private static let largePage = 2 << 20

    private struct Chunk {
        var start: UnsafeMutableRawPointer
        var byteCount: Int
        var isPages: Bool
    }

    private var chunks: [Chunk] = []
    private var large: Set<UnsafeMutableRawPointer> = []
    private var free: [UnsafeMutableRawPointer?] = []
    private var next: UnsafeMutableRawPointer?
    private var remaining = 0
    /// Bytes taken from the system.
    private(set) var byteCount = 0

    /// A block of at least `count` bytes, aligned to 8, its content undefined.
    mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let size = (count + 7) & ~7
        guard size <= Self.largestPooled else {
            let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
            large.insert(block)
            byteCount += size
            return block
        }
        let list = size / 8
        if list < free.count, let block = free[list] {
            // A free block holds the next free block of its size.
            free[list] = block.load(as: UnsafeMutableRawPointer?.self)
            return block
        }
        if let block = next, remaining >= size {
            next = block + size
            remaining -= size
            return block
        }
        let chunk = addChunk()
        next = chunk + size
        remaining -= size
        return chunk
    }

    /// Takes back a block that `allocate(count)` gave.
    mutating func release(_ block: UnsafeMutableRawPointer, _ count: Int) {
        let size = (count + 7) & ~7
        guard size <= Self.largestPooled else {
            large.remove(block)
            byteCount -= size
            block.deallocate()
            return
        }
        let list = size / 8
        if free.count <= list {
            free += [UnsafeMutableRawPointer?](repeating: nil, count: list + 1 - free.count)
        }
        block.storeBytes(of: free[list], as: UnsafeMutableRawPointer?.self)
        free[list] = block
    }

    /// Frees everything that was ever handed out.
    mutating func releaseAll() {
        for chunk in chunks {
            if chunk.isPages {
                PageMemory.free(chunk.start, byteCount: chunk.byteCount)
            } else {
                chunk.start.deallocate()
            }
        }
        for block in large { block.deallocate() }
        self = Arena()
    }

    /// A new chunk, at least as large as the largest pooled block.
    private mutating func addChunk() -> UnsafeMutableRawPointer {
        // What is left of the old chunk is lost; it is smaller than one block.
        let size = min(Self.largestChunk, max(Self.firstChunk, byteCount))
        let pages = size >= Self.largePage ? PageMemory.allocate(byteCount: size) : nil
        let start = pages ?? UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        chunks.append(Chunk(start: start, byteCount: size, isPages: pages != nil))
        byteCount += size
        remaining = size
        return start
    }
}
