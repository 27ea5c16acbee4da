/// What writers that wait for space look at.
struct CompactionProgress {
    /// Rounds finished, successful or not.
    var rounds = 0
    /// Bytes written when the need for compaction is looked at next.
    var nextLook = 0
}

extension Engine {
    func compact() throws(LogStoreError) {
    }

    func isCompactionDue(after bytesWritten: Int) -> Bool {
        false
    }

    func waitForSpace() {
    }

    func compactInline(_ committer: Committer) {
    }

    func compactInBackground() {
    }
}
