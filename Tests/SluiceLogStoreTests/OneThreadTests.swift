import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// All tasks of a program may share one thread: none of them may hold it while it waits for the disk.
@Suite struct OneThreadTests {
    /// The store's own threads stand still at the disk; what a task has to wait for is done there.
    @Test(arguments: [LogStore.Sync.never, .every(milliseconds: 10), .always])
    func otherTasksGoOnWhileAWriteWaits(sync: LogStore.Sync) async throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: sync, segmentBytes: 64 << 10, isInline: false)
        let thread = OneThread()
        let gate = Monitor(false)
        disk.observe {
            guard !thread.isCurrent else { return }
            let isOpen = gate.wait(until: { $0 }, atMost: 20_000, then: { $0 })
            if !isOpen { Issue.record("the other task did not go on") }
        }
        let written = Monitor(0)
        let yields = await withTaskExecutorPreference(thread) {
            async let writer: Void = write(to: store, written)
            // The writer has come to a place where it has to wait.
            var yields = 0
            var last = 0
            while yields < 1000 {
                await Task.yield()
                let now = written.withLock { $0 }
                yields = now == last ? yields + 1 : 0
                last = now
            }
            gate.change { $0 = true }
            await writer
            return yields
        }
        #expect(yields == 1000)
        #expect(written.withLock { $0 } == Self.count)
        disk.observe(nil)
        thread.stop()
        try store.close()
    }

    private static let count = 2000

    private func write(to store: LogStore, _ written: Monitor<Int>) async {
        for number in 0..<Self.count {
            do {
                let key = Array("key \(number % 50)".utf8)
                _ = try await store.put("c", key, [UInt8](repeating: 1, count: 1000))
                written.change { $0 += 1 }
            } catch {
                Issue.record("put \(number) failed with \(error)")
                return
            }
        }
    }
}

/// Runs tasks one after the other on a thread of its own.
private final class OneThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
        var thread: pthread_t?
    }

    private let state = Monitor(State())

    init() {
        _ = SystemThread { [state, self] in
            state.change { $0.thread = pthread_self() }
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Whether it is this thread that asks.
    var isCurrent: Bool {
        state.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.change { $0.jobs.append(job) }
    }

    func stop() {
        state.change { $0.isStopped = true }
    }

    private func next() -> UnownedJob? {
        state.wait(
            until: { !$0.jobs.isEmpty || $0.isStopped },
            then: { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() })
    }
}
