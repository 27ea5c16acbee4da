import Glibc
import SluiceSystem

/// One caller of the store, with memory of its own.
///
/// `@unchecked Sendable`: a worker is used by one thread, and by others only after that has ended.
final class Worker: @unchecked Sendable {
    var key = Keys.key(0)
    var output: [UInt8] = []
    var random: SplitMix
    var histogram = Histogram()
    private(set) var failure: (any Error)?

    init(random: SplitMix) {
        self.random = random
    }

    /// One operation; gives the nanoseconds it took.
    typealias Operation = @Sendable (Worker, UInt64) throws -> UInt64

    /// Runs the operations of numbers `first`, `first + step`, … below `total`; gives the sum of
    /// their nanoseconds.
    func run(_ operation: Operation, from first: UInt64, by step: UInt64, below total: UInt64)
        -> UInt64
    {
        var sum: UInt64 = 0
        var number = first
        do {
            while number < total {
                let nanoseconds = try operation(self, number)
                histogram.add(nanoseconds)
                sum += nanoseconds
                number += step
            }
        } catch {
            failure = error
        }
        return sum
    }
}

/// A thread of the operating system that runs one closure.
struct BenchThread {
    private final class Start {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) throws {
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
            throw BenchFailure("pthread_create: \(String(cString: strerror(status)))")
        }
    }

    func join() {
        pthread_join(handle, nil)
    }
}
