package import Glibc

/// A value behind a lock, with threads that wait until it changes.
///
/// The lock of the C library, which unlike `Mutex` the thread sanitizer understands.
///
/// `@unchecked Sendable`: the value is reached only under the lock. What goes in, at first or by a
/// `body`, is nobody else's (`sending`), and only what may be shared comes out. `Mutex` lets a
/// `sending` result out instead; the compiler (6.3.1) then misses `withLock { $0 }` of a class.
package final class Monitor<Value>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>
    // The lock sees to it that nobody else has the value.
    @usableFromInline @exclusivity(unchecked) var value: Value

    package init(_ value: consuming sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone.
    @inlinable
    package func withLock<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Runs `body` alone and lets waiting threads look again.
    @inlinable
    package func change<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until `isReady`, then runs `body` in the same hold of the lock.
    package func wait<R: Sendable>(
        until isReady: (inout sending Value) -> Bool, then body: (inout sending Value) -> R
    ) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(&value) { pthread_cond_wait(condition, mutex) }
        return body(&value)
    }

    /// Waits until `isReady` or the time has passed, then runs `body` in the same hold of the lock.
    package func wait<R: Sendable>(
        until isReady: (inout sending Value) -> Bool, atMost milliseconds: Int,
        then body: (inout sending Value) -> R
    ) -> R {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(&value) {
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
        }
        return body(&value)
    }
}
