/// Pages on their way to a file: written half a megabyte at a time.
final class RunOutput {
    private let file: DiskFile
    private let buffer: UnsafeMutableRawPointer
    private var pendingPageCount = 0
    private var writtenPageCount = 0

    private static let capacity = 128

    init(file: DiskFile) {
        self.file = file
        buffer = .allocate(
            byteCount: Self.capacity * RunFormat.pageByteCount,
            alignment: RunFormat.pageByteCount)
    }

    deinit {
        buffer.deallocate()
    }

    /// Pages so far: the number of the next.
    var pageCount: Int { writtenPageCount + pendingPageCount }

    /// Room for so many more pages, less than a quarter of a megabyte; `take` says how many were
    /// filled.
    func room(pages: Int) throws(LogStoreError) -> UnsafeMutableRawPointer {
        if pendingPageCount + pages > Self.capacity { try flush() }
        return buffer + pendingPageCount * RunFormat.pageByteCount
    }

    func take(pages: Int) {
        pendingPageCount += pages
    }

    func flush() throws(LogStoreError) {
        guard pendingPageCount > 0 else { return }
        try file.write(
            UnsafeRawBufferPointer(
                start: buffer, count: pendingPageCount * RunFormat.pageByteCount),
            at: writtenPageCount * RunFormat.pageByteCount)
        writtenPageCount += pendingPageCount
        pendingPageCount = 0
    }
}
