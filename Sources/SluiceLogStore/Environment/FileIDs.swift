internal import Synchronization

/// Gives numbers to new segments and runs, each larger than any before.
///
/// The one source of them: opening, the log, flushes, merges and compaction take theirs here.
final class FileIDs: Sendable {
    /// Numbers that an owner has at least; a file's name may claim any.
    private static let reserve: UInt32 = 1 << 24

    private let last: Atomic<UInt32>

    /// Numbers behind the largest one that a file in the folder has.
    init(after largest: UInt32, in directory: String) throws(LogStoreError) {
        guard largest <= UInt32.max - Self.reserve else {
            throw .corrupt(file: directory, offset: 0, message: "no numbers are left for new files")
        }
        last = Atomic(largest)
    }

    /// The largest number given so far.
    var largest: UInt32 { last.load(ordering: .relaxed) }

    func take() -> UInt32 {
        last.wrappingAdd(1, ordering: .relaxed).newValue
    }
}
