import SluiceLogStore

/// How much of what was replaced a store keeps, as its last owner asked for.
///
/// A number is nil where it cannot be read; then everything is kept.
struct KeptHistory {
    let revisions: Int?
    let hours: Int?

    /// The same for people.
    var text: String {
        guard let revisions, let hours else {
            return "everything, since how much is kept cannot be read"
        }
        var spans: [String] = []
        if revisions > 0 { spans.append(Words.count(revisions, "revision")) }
        if hours > 0 { spans.append(Words.count(hours, "hour")) }
        guard !spans.isEmpty else { return "nothing that is replaced" }
        return "what is replaced, for \(spans.joined(separator: " and "))"
    }
}

extension LogStore {
    /// What the store remembers, under two cursors of its own.
    var keptHistory: KeptHistory {
        KeptHistory(revisions: kept("keepRevisions"), hours: kept("keepHours"))
    }

    private func kept(_ name: String) -> Int? {
        do throws(LogStoreError) {
            return Int(clamping: try cursor(LogStore.ownCursorPrefix + name) ?? 0)
        } catch {
            return nil
        }
    }
}
