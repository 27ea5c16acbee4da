package import Glibc

/// A value behind a lock of the C library.
///
/// Does what the standard library's `Mutex` does; the thread sanitizer understands this one.
///
/// `@unchecked Sendable`: the value is reached only under the lock. What goes in, at first or by a
/// `body`, is nobody else's (`sending`), and only what may be shared comes out. `Mutex` lets a
/// `sending` result out instead; the compiler (6.3.1) then misses `withLock { $0 }` of a class.
package final class Lock<Value>: @unchecked Sendable {
    @usableFromInline package let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // The lock keeps accesses apart, also from themselves: it must not be taken twice.
    @usableFromInline @exclusivity(unchecked) package var value: Value

    package init(_ value: consuming sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` alone.
    ///
    /// It must not call the lock again.
    @inlinable
    package func withLock<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
