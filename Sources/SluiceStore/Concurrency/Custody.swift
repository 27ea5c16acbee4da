#if DEBUG
import Glibc
import Synchronization
#endif

/// Who holds a lock or a turn: what is guarded by it asks whether its caller does.
///
/// In debug builds a use without it ends the process; readers are counted only, so one that holds
/// nothing goes unnoticed while another one reads. In other builds it is empty and does nothing.
struct Custody: Sendable {
    #if DEBUG
    private final class Book: Sendable {
        /// The thread that holds it alone, or 0.
        let writer = Atomic<UInt>(0)
        /// How many hold it beside one another.
        let readers = Atomic<Int>(0)
        /// Before its first hold the guarded object belongs to whoever is making it.
        let wasHeld = Atomic<Bool>(false)

        var isHeldHere: Bool {
            !wasHeld.load(ordering: .relaxed)
                || writer.load(ordering: .relaxed) == UInt(pthread_self())
        }
    }

    private let book = Book()
    #endif

    /// The calling thread has it alone from here on.
    @inline(__always)
    func take() {
        #if DEBUG
        book.wasHeld.store(true, ordering: .relaxed)
        book.writer.store(UInt(pthread_self()), ordering: .relaxed)
        #endif
    }

    /// Nobody has it alone from here on.
    @inline(__always)
    func give() {
        #if DEBUG
        book.writer.store(0, ordering: .relaxed)
        #endif
    }

    /// The calling thread has it beside others from here on.
    @inline(__always)
    func takeShared() {
        #if DEBUG
        book.wasHeld.store(true, ordering: .relaxed)
        book.readers.add(1, ordering: .relaxed)
        #endif
    }

    /// The calling thread has it beside others no more.
    @inline(__always)
    func giveShared() {
        #if DEBUG
        book.readers.subtract(1, ordering: .relaxed)
        #endif
    }

    /// Ends the process unless the calling thread may change what is guarded.
    @inline(__always)
    func checkAlone(_ what: StaticString) {
        #if DEBUG
        precondition(book.isHeldHere, "\(what) is changed by a thread without its lock or turn")
        #endif
    }

    /// Ends the process unless the calling thread may look at what is guarded.
    @inline(__always)
    func checkShared(_ what: StaticString) {
        #if DEBUG
        precondition(
            book.isHeldHere || book.readers.load(ordering: .relaxed) > 0,
            "\(what) is read by a thread without its lock")
        #endif
    }
}
