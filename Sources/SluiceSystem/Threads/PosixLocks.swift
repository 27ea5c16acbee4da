import Glibc

// The locks of the C library. What is generic over the value behind a lock is compiled where it is used,
// which does not see the C library: it calls these.

/// A mutex, which unlike the standard library's the thread sanitizer understands.
@usableFromInline
struct PosixMutex: @unchecked Sendable {
    fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

    @usableFromInline
    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    @usableFromInline
    func destroy() {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @usableFromInline
    func lock() { pthread_mutex_lock(mutex) }

    @usableFromInline
    func unlock() { pthread_mutex_unlock(mutex) }
}

/// A condition that threads wait for; its times are those of the monotonic clock.
@usableFromInline
struct PosixCondition: @unchecked Sendable {
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    @usableFromInline
    init() {
        condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    @usableFromInline
    func destroy() {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    @usableFromInline
    func wakeAll() { pthread_cond_broadcast(condition) }

    @usableFromInline
    func wait(_ mutex: PosixMutex) { pthread_cond_wait(condition, mutex.mutex) }

    /// Waits until the instant; false where it has come.
    @usableFromInline
    func wait(_ mutex: PosixMutex, until instant: MonotonicInstant) -> Bool {
        var deadline = timespec(
            tv_sec: instant.seconds, tv_nsec: instant.nanoseconds)
        return pthread_cond_timedwait(condition, mutex.mutex, &deadline) != ETIMEDOUT
    }
}

/// An instant of the monotonic clock.
@usableFromInline
struct MonotonicInstant {
    fileprivate let seconds: Int
    fileprivate let nanoseconds: Int

    /// So many milliseconds from now.
    @usableFromInline
    init(inMilliseconds milliseconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let sum = now.tv_nsec + milliseconds % 1000 * 1_000_000
        seconds = now.tv_sec + milliseconds / 1000 + sum / 1_000_000_000
        nanoseconds = sum % 1_000_000_000
    }
}

/// A reader-writer lock that lets a waiting writer in before new readers.
@usableFromInline
struct PosixReadWriteLock: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_rwlock_t>

    @usableFromInline
    init() {
        lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(
            &attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        pthread_rwlock_init(lock, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    @usableFromInline
    func destroy() {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    @usableFromInline
    func lockShared() { pthread_rwlock_rdlock(lock) }

    @usableFromInline
    func lockAlone() { pthread_rwlock_wrlock(lock) }

    @usableFromInline
    func unlock() { pthread_rwlock_unlock(lock) }
}
