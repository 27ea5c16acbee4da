package import Glibc

/// An object that a lock guards.
package protocol Guarded: AnyObject {
    /// Who holds the lock.
    var custody: Custody { get }
}

/// An object behind a reader-writer lock that lets a waiting writer in before new readers.
///
/// `@unchecked Sendable`: the value is reached only through `read` and `write`. What goes in, at
/// first or by a `body`, is nobody else's (`sending`), and only what may be shared comes out.
package final class ReadWriteLocked<Value: Guarded>: @unchecked Sendable {
    @usableFromInline let lock: UnsafeMutablePointer<pthread_rwlock_t>
    @usableFromInline let value: Value
    @usableFromInline let custody: Custody

    package init(_ value: consuming sending Value) {
        custody = value.custody
        self.value = value
        lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(
            &attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        pthread_rwlock_init(lock, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    /// Runs `body` beside other readers.
    ///
    /// It must not change the value, nor call the lock again.
    @inlinable
    @inline(__always)
    package func read<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        pthread_rwlock_rdlock(lock)
        custody.takeShared()
        defer {
            custody.giveShared()
            pthread_rwlock_unlock(lock)
        }
        var value = value
        return try body(&value)
    }

    /// Runs `body` alone.
    ///
    /// It must not call the lock again.
    @inlinable
    @inline(__always)
    package func write<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        pthread_rwlock_wrlock(lock)
        custody.take()
        defer {
            custody.give()
            pthread_rwlock_unlock(lock)
        }
        var value = value
        return try body(&value)
    }
}
