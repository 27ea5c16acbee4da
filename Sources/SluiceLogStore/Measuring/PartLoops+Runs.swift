import SluiceSystem

extension PartLoops {
    /// A run in a file without a name, which goes with the object.
    package final class SortedRun {
        private let run: Run

        private init(_ run: Run) {
            self.run = run
        }

        /// Writes a run of sorted keys to a new file at `path`.
        package convenience init(_ keys: [[UInt8]], at path: String) throws {
            try self.init(at: path, expectedEntries: keys.count) {
                writer throws(LogStoreError) in
                for (number, key) in keys.enumerated() {
                    let entry = IndexEntry(
                        version: UInt64(number + 1), created: UInt64(number + 1), segment: 1,
                        offset: number * 170, length: 168, expiresAt: 0, isDead: false,
                        recordFlags: 0)
                    try Self.append(key, entry, to: writer)
                }
            }
        }

        /// Merges runs into one at `path`, the newest first.
        package convenience init(merging runs: [SortedRun], at path: String) throws {
            let count = runs.reduce(0) { $0 + $1.count }
            try self.init(at: path, expectedEntries: count) { writer throws(LogStoreError) in
                try RunMerge.write(runs.map(\.run), to: writer) { _ in true }
            }
        }

        private convenience init(
            at path: String, expectedEntries: Int,
            _ fill: (RunWriter) throws(LogStoreError) -> Void
        ) throws {
            let identity = PartLoops.identity
            let fileSystem = Disk(PosixFileSystem())
            let file = try fileSystem.open(path, creating: true)
            try fileSystem.remove(path)
            let writer = RunWriter(
                file: file, id: 1, identity: identity, expectedEntries: expectedEntries)
            try fill(writer)
            try writer.finish()
            self.init(try Run.open(file: file, id: 1, identity: identity))
        }

        private static func append(
            _ key: [UInt8], _ entry: IndexEntry, to writer: RunWriter
        ) throws(LogStoreError) {
            var result: Result<Void, LogStoreError> = .success(())
            key.withUnsafeBytes { key in
                do throws(LogStoreError) {
                    try writer.append(SystemCollection.firstUser, key, entry)
                } catch {
                    result = .failure(error)
                }
            }
            try result.get()
        }

        /// Keys in the run.
        package var count: Int { run.keyCount }
        /// Bytes of its file.
        package var byteCount: Int { run.byteCount }

        /// Looks for each key; gives how many there are.
        package func find(_ keys: [[UInt8]]) -> Int {
            keys.reduce(0) { sum, key in
                let entry = key.withUnsafeBytes { key in
                    let hash = Run.keyHash(SystemCollection.firstUser, key)
                    return try? run.newest(SystemCollection.firstUser, key, hash: hash)
                }
                return sum + (entry == nil ? 0 : 1)
            }
        }

        /// Goes through all entries in order; gives how many there are.
        package func walk() -> Int {
            let cursor = run.cursorOverAll()
            var count = 0
            while (try? cursor.next()) == true { count += 1 }
            return count
        }
    }
}
