import Glibc

/// A thread of the operating system that runs one closure.
package final class SystemThread: Sendable {
    private final class Start {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    private let handle: pthread_t

    /// Starts the thread; nil when the system has none to give.
    package init?(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let start = Unmanaged.passRetained(Start(body: body))
        let status = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            return nil
        }
        self.handle = handle
    }

    /// Lets the thread end by itself; called once, instead of ``join()``.
    package func detach() {
        pthread_detach(handle)
    }

    /// Waits until the closure has returned.
    ///
    /// Called once.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets other threads run first.
    package static func yield() {
        sched_yield()
    }

    /// Whether the caller runs on this thread.
    package var isCurrent: Bool {
        pthread_equal(pthread_self(), handle) != 0
    }
}
