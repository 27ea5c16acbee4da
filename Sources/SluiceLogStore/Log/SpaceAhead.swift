import SluiceSystem

/// Makes the space that the log grows into ready on a thread of its own, so that writers through
/// memory need not wait while the system finds pages for them.
final class SpaceAhead: Sendable {
    /// A part of a file that will be written soon.
    struct Stretch: Sendable {
        var file: DiskFile
        var range: Range<Int>
    }

    private let job = BackgroundJob(delayMilliseconds: 0)
    private let next = Monitor<Stretch?>(nil)

    /// Has a stretch made ready; one that was not begun yet is left out.
    func prepare(_ stretch: Stretch) {
        next.withLock { $0 = stretch }
        job.ask { [next] in
            let stretch = next.withLock { next in
                defer { next = nil }
                return next
            }
            if let stretch { stretch.file.prepareWrites(stretch.range) }
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        job.stop()
    }
}
