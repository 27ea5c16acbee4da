import Glibc

/// Hints to the operating system about memory.
enum MemoryAdvice {
    /// Asks for large pages; without them everything works, only slower.
    static func useLargePages(_ start: UnsafeMutableRawPointer, byteCount: Int) {
        _ = madvise(start, byteCount, MADV_HUGEPAGE)
    }
}
