#if DEBUG
    import Glibc
#endif

/// Who holds a lock or a turn: what is guarded by it asks whether its caller does.
///
/// In debug builds a use by anybody else ends the process. In other builds it is empty and does
/// nothing.
struct Custody: Sendable {
    #if DEBUG
        private struct State {
            /// The thread that holds it alone.
            var writer: pthread_t?
            /// The threads that hold it beside others, and how often.
            var readers: [pthread_t: Int] = [:]
            /// Before its first hold the guarded object belongs to whoever is making it.
            var wasHeld = false
        }

        private let state = Monitor(State())
    #endif

    /// The calling thread has it alone from here on.
    @inline(__always)
    func take() {
        #if DEBUG
            state.withLock { state in
                state.wasHeld = true
                state.writer = pthread_self()
            }
        #endif
    }

    /// Nobody has it alone from here on.
    @inline(__always)
    func give() {
        #if DEBUG
            state.withLock { $0.writer = nil }
        #endif
    }

    /// The calling thread has it beside others from here on.
    @inline(__always)
    func takeShared() {
        #if DEBUG
            state.withLock { state in
                state.wasHeld = true
                state.readers[pthread_self(), default: 0] += 1
            }
        #endif
    }

    /// The calling thread has it beside others no more.
    @inline(__always)
    func giveShared() {
        #if DEBUG
            state.withLock { state in
                let count = (state.readers[pthread_self()] ?? 1) - 1
                state.readers[pthread_self()] = count > 0 ? count : nil
            }
        #endif
    }

    /// Ends the process unless the calling thread may change what is guarded.
    @inline(__always)
    func checkAlone(_ what: StaticString) {
        #if DEBUG
            let isHeld = state.withLock { !$0.wasHeld || $0.writer == pthread_self() }
            precondition(isHeld, "\(what) is changed by a thread that does not hold its lock or turn")
        #endif
    }

    /// Ends the process unless the calling thread may look at what is guarded.
    @inline(__always)
    func checkShared(_ what: StaticString) {
        #if DEBUG
            let isHeld = state.withLock { state in
                !state.wasHeld || state.writer == pthread_self()
                    || state.readers[pthread_self()] != nil
            }
            precondition(isHeld, "\(what) is read by a thread that does not hold its lock")
        #endif
    }
}
