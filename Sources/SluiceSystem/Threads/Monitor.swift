/// A value behind a lock, with threads that wait until it changes.
///
/// `@unchecked Sendable`: as of ``Lock``.
public final class Monitor<Value>: @unchecked Sendable {
    @usableFromInline let mutex = PosixMutex()
    @usableFromInline let condition = PosixCondition()
    // The lock sees to it that nobody else has the value.
    @usableFromInline @exclusivity(unchecked) var value: Value

    /// Puts a value behind a lock.
    @inlinable
    public init(_ value: consuming sending Value) { self.value = value }

    @inlinable
    deinit {
        condition.destroy()
        mutex.destroy()
    }

    /// Runs `body` alone.
    @inlinable
    public func withLock<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value)
    }

    /// Runs `body` alone and lets waiting threads look again.
    @inlinable
    public func change<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        mutex.lock()
        defer {
            condition.wakeAll()
            mutex.unlock()
        }
        return try body(&value)
    }

    /// Waits until `isReady`, then runs `body` in the same hold of the lock.
    @inlinable
    public func wait<R: Sendable>(
        until isReady: (inout sending Value) -> Bool, then body: (inout sending Value) -> R
    ) -> R {
        mutex.lock()
        defer { mutex.unlock() }
        while !isReady(&value) { condition.wait(mutex) }
        return body(&value)
    }

    /// Waits until `isReady` or the time has passed, then runs `body` in the same hold of the lock.
    @inlinable
    public func wait<R: Sendable>(
        until isReady: (inout sending Value) -> Bool, atMost milliseconds: Int,
        then body: (inout sending Value) -> R
    ) -> R {
        let deadline = MonotonicInstant(inMilliseconds: milliseconds)
        mutex.lock()
        defer { mutex.unlock() }
        while !isReady(&value) {
            if !condition.wait(mutex, until: deadline) { break }
        }
        return body(&value)
    }
}
