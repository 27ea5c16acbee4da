/// Keys side by side in memory of their own, which is kept while the buffer is filled again.
struct KeyBuffer: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Bytes in use.
    private(set) var count = 0

    deinit {
        memory.deallocate()
    }

    /// The bytes in use; valid until the next `append`.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory.baseAddress, count: count)
    }

    /// The bytes of one of the keys; valid until the next `append`.
    @inline(__always)
    func key(at start: Int, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    }

    @inline(__always)
    mutating func removeAll() {
        count = 0
    }

    /// Adds a key at `count`.
    @inline(__always)
    mutating func append(_ key: UnsafeRawBufferPointer) {
        if count + key.count > memory.count { grow(by: key.count) }
        if let source = key.baseAddress {
            memory.baseAddress?.advanced(by: count).copyMemory(from: source, byteCount: key.count)
        }
        count += key.count
    }

    private mutating func grow(by added: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(4096, (count + added) * 2), alignment: 8)
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }
}
