/// A value behind a lock of the C library.
///
/// Public, as all generic code of this module: only that is compiled anew where it is used.
///
/// Does what the standard library's `Mutex` does; the thread sanitizer understands this one.
///
/// `@unchecked Sendable`: the value is reached only under the lock. What goes in, at first or by a
/// `body`, is nobody else's (`sending`), and only what may be shared comes out. `Mutex` lets a
/// `sending` result out instead; the compiler (6.3.1) then misses `withLock { $0 }` of a class.
public final class Lock<Value>: @unchecked Sendable {
    @usableFromInline let mutex = PosixMutex()
    // The lock keeps accesses apart, also from themselves: it must not be taken twice.
    @usableFromInline @exclusivity(unchecked) var value: Value

    /// Puts a value behind a lock.
    @inlinable
    public init(_ value: consuming sending Value) { self.value = value }

    @inlinable
    deinit { mutex.destroy() }

    /// Runs `body` alone.
    ///
    /// It must not call the lock again.
    @inlinable
    public func withLock<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value)
    }
}
