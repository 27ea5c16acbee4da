/// Finds the name that somebody likely meant.
public enum Spelling {
    /// The nearest of `names` to `word`, where it is near enough to be worth a suggestion.
    ///
    /// Distance is Damerau-Levenshtein (optimal string alignment) without regard to case; a third of
    /// the word's length may differ.
    public static func nearest(to word: String, in names: some Sequence<String>) -> String? {
        let lowered = Array(word.lowercased().unicodeScalars.prefix(64))
        var best: (name: String, distance: Int)?
        for name in names where name != word {
            let candidate = Array(name.lowercased().unicodeScalars.prefix(64))
            let limit = max(1, max(lowered.count, candidate.count) / 3)
            let distance = distance(lowered, candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
