/// An object that a lock guards.
public protocol Guarded: AnyObject {
    /// Who holds the lock.
    var custody: Custody { get }
}

/// An object behind a reader-writer lock that lets a waiting writer in before new readers.
///
/// `@unchecked Sendable`: the value is reached only through `read` and `write`. What goes in, at
/// first or by a `body`, is nobody else's (`sending`), and only what may be shared comes out.
public final class ReadWriteLocked<Value: Guarded>: @unchecked Sendable {
    @usableFromInline let lock = PosixReadWriteLock()
    @usableFromInline let value: Value
    @usableFromInline let custody: Custody

    /// Puts a value behind a lock.
    @inlinable
    public init(_ value: consuming sending Value) {
        custody = value.custody
        self.value = value
    }

    @inlinable
    deinit { lock.destroy() }

    /// Runs `body` beside other readers.
    ///
    /// It must not change the value, nor call the lock again.
    @inlinable
    @inline(__always)
    public func read<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        lock.lockShared()
        custody.takeShared()
        defer {
            custody.giveShared()
            lock.unlock()
        }
        var value = value
        return try body(&value)
    }

    /// Runs `body` alone.
    ///
    /// It must not call the lock again.
    @inlinable
    @inline(__always)
    public func write<R: Sendable, E: Error>(
        _ body: (inout sending Value) throws(E) -> R
    ) throws(E) -> R {
        lock.lockAlone()
        custody.take()
        defer {
            custody.give()
            lock.unlock()
        }
        var value = value
        return try body(&value)
    }
}
