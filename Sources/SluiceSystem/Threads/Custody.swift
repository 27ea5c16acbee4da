#if DEBUG
import Glibc
import Synchronization
#endif

/// Who holds a lock or a turn: what is guarded by it asks whether its caller does.
///
/// In debug builds a use without it ends the process; readers are counted only, so one that holds
/// nothing goes unnoticed while another one reads. In other builds it is empty and does nothing.
public struct Custody: Sendable {
    #if DEBUG
    @usableFromInline let book = CustodyBook()
    #endif

    /// Nobody has it yet.
    @inlinable
    public init() {}

    /// The calling thread has it alone from here on.
    @inlinable
    public func take() {
        #if DEBUG
        book.take()
        #endif
    }

    /// Nobody has it alone from here on.
    @inlinable
    public func give() {
        #if DEBUG
        book.give()
        #endif
    }

    /// The calling thread has it beside others from here on.
    @inlinable
    public func takeShared() {
        #if DEBUG
        book.takeShared()
        #endif
    }

    /// The calling thread has it beside others no more.
    @inlinable
    public func giveShared() {
        #if DEBUG
        book.giveShared()
        #endif
    }

    /// Ends the process unless the calling thread may change what is guarded.
    @inlinable
    public func checkAlone(_ what: StaticString) {
        #if DEBUG
        book.checkAlone(what)
        #endif
    }

    /// Ends the process unless the calling thread may look at what is guarded.
    @inlinable
    public func checkShared(_ what: StaticString) {
        #if DEBUG
        book.checkShared(what)
        #endif
    }
}

#if DEBUG
/// What a debug build notes of who holds something.
@usableFromInline
final class CustodyBook: Sendable {
    /// The thread that holds it alone, or 0.
    private let writer = Atomic<UInt>(0)
    /// How many hold it beside one another.
    private let readers = Atomic<Int>(0)
    /// Before its first hold the guarded object belongs to whoever is making it.
    private let wasHeld = Atomic<Bool>(false)

    @usableFromInline
    init() {}

    private var isHeldHere: Bool {
        !wasHeld.load(ordering: .relaxed)
            || writer.load(ordering: .relaxed) == UInt(pthread_self())
    }

    @usableFromInline
    func take() {
        wasHeld.store(true, ordering: .relaxed)
        writer.store(UInt(pthread_self()), ordering: .relaxed)
    }

    @usableFromInline
    func give() { writer.store(0, ordering: .relaxed) }

    @usableFromInline
    func takeShared() {
        wasHeld.store(true, ordering: .relaxed)
        readers.add(1, ordering: .relaxed)
    }

    @usableFromInline
    func giveShared() { readers.subtract(1, ordering: .relaxed) }

    @usableFromInline
    func checkAlone(_ what: StaticString) {
        precondition(isHeldHere, "\(what) is changed by a thread without its lock or turn")
    }

    @usableFromInline
    func checkShared(_ what: StaticString) {
        precondition(
            isHeldHere || readers.load(ordering: .relaxed) > 0,
            "\(what) is read by a thread without its lock")
    }
}
#endif
