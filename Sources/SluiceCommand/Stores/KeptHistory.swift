import SluiceStore

/// How much of what was replaced a store keeps, as its last owner asked for.
struct KeptHistory {
    let revisions: Int
    let hours: Int

    /// The same for people.
    var text: String {
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
        func number(_ name: String) -> Int {
            Int(clamping: cursor(LogStore.ownCursorPrefix + name) ?? 0)
        }
        return KeptHistory(revisions: number("keepRevisions"), hours: number("keepHours"))
    }
}
