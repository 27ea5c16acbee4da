import SluiceSystem

extension LogStore {
    /// Acknowledged changes in order of revision: those that are kept, then new ones as they come.
    ///
    /// Each iteration begins behind `revision` on its own. It ends when the store closes or its
    /// task is cancelled, and fails with `gone` when compaction has removed changes it still had to
    /// give; the error names the revision to go on from, and what was missed is in the store. It
    /// keeps neither the store open nor any space: who falls behind what `Options.keepRevisions`
    /// and `keepHours` keep meets `gone`.
    ///
    /// A change may be given whose record has expired since, or whose value is damaged, which it says
    /// itself. A place in the log that holds no record that verifies ends the iteration with
    /// `corrupt`; `changes(after:limit:)` tells what comes behind. At most 16 MiB of changes are held
    /// at a time. A store that was opened for reading only gets no new ones.
    public struct Changes: AsyncSequence, Sendable {
        /// What is given.
        public typealias Element = Change
        /// What an iteration fails with.
        public typealias Failure = LogStoreError

        let reader: Reader
        let revision: Int64
        let collections: Set<Name>?

        /// An iteration of its own, from the beginning.
        public func makeAsyncIterator() -> Iterator {
            Iterator(reader: reader, revision: revision, collections: collections)
        }

        /// A position in the changes; used by one task at a time.
        public struct Iterator: AsyncIteratorProtocol {
            /// Most changes read at a time.
            private static let batchCount = 1024

            private let reader: Reader
            private let collections: Set<Name>?
            /// Up to where changes were read.
            private var revision: Int64
            /// Changes read and not given yet, the next one last.
            private var batch: [Change] = []
            private var isFinished = false
            /// A place behind the batch where nobody knows what was changed.
            private var unknown: RecoveryReport.Damage?

            init(reader: Reader, revision: Int64, collections: Set<Name>?) {
                self.reader = reader
                self.revision = revision
                self.collections = collections
            }

            /// The next change; waits for it, and gives nil at the end.
            ///
            /// Throws what `changes(after:limit:)` does, but `closed`; then it is at the end.
            public mutating func next(
                isolation actor: isolated (any Actor)? = #isolation
            ) async throws(LogStoreError) -> Change? {
                while !isFinished, !Task.isCancelled {
                    if let change = batch.popLast() { return change }
                    if let unknown {
                        isFinished = true
                        throw .corrupt(
                            file: unknown.file, offset: unknown.offset, message: unknown.message)
                    }
                    do throws(LogStoreError) {
                        if try read() { continue }
                    } catch {
                        isFinished = true
                        if case .closed = error { return nil }
                        throw error
                    }
                    await reader.waitForChange(after: revision)
                }
                isFinished = true
                return nil
            }

            /// Reads the next batch; false when everything was read.
            private mutating func read() throws(LogStoreError) -> Bool {
                let page = try reader.changes(after: revision, limit: Self.batchCount)
                let isMore = page.through > revision || !page.damages.isEmpty
                revision = page.through
                batch = page.changes.reversed()
                if let collections {
                    batch.removeAll { !collections.contains(Name($0.collection)) }
                }
                unknown = page.damages.first
                return isMore
            }
        }
    }

    /// The changes after `revision`, those to come too, in all or some of the collections.
    ///
    /// Nothing is read before the first one is asked for.
    public func changes(after revision: Int64, collections: [String]? = nil) -> Changes {
        Changes(
            reader: engine.reader, revision: max(0, revision),
            collections: collections.map { Set($0.map { Name($0) }) })
    }
}
