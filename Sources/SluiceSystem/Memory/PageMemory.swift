import Glibc

/// Memory straight from the operating system, given back to it at once when it is freed.
///
/// The C library would keep what one thread allocates and another frees.
package enum PageMemory {
    /// Zeroed memory, on large pages where the system has them; nil where it has none.
    package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        guard
            let start = mmap(
                nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { return nil }
        // Random keys touch a new page at every step of a search; large pages spare the look-ups.
        madvise(start, byteCount, MADV_HUGEPAGE)
        return start
    }

    package static func free(_ start: UnsafeMutableRawPointer, byteCount: Int) {
        munmap(start, byteCount)
    }
}
