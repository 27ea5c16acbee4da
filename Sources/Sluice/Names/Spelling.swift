/// Finds the name that was probably meant by a misspelt one.
public enum Spelling {
    /// The candidate nearest to `word`, or nil where none is near: at most a third of the longer
    /// word's scalars may differ (a swap of neighbours counts once); the first of equals wins.
    public static func closest(to word: String, among candidates: [String]) -> String? {
        let wanted = Array(word.unicodeScalars.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates where !candidate.isEmpty {
            let letters = Array(candidate.unicodeScalars.prefix(64))
            let bound = max(1, max(wanted.count, letters.count) / 3)
            guard abs(wanted.count - letters.count) <= bound else { continue }
            let found = distance(wanted, letters)
            guard found <= bound, found < max(wanted.count, letters.count) else { continue }
            if found < best?.distance ?? .max { best = (candidate, found) }
        }
        return best?.name
    }

    /// Edit distance with swaps of neighbours; letters that differ only in ASCII case cost nothing
    /// but the first such difference, so that `Name` finds `name` before `nams`.
    private static func distance(_ from: [Unicode.Scalar], _ to: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: to.count + 1)
        var last = Array(0...to.count)
        for row in from.indices {
            var current = [row + 1]
            current.reserveCapacity(to.count + 1)
            for column in to.indices {
                let isSame = folded(from[row]) == folded(to[column])
                var cost = min(last[column + 1], current[column]) + 1
                cost = min(cost, last[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        let result = last[to.count]
        return result == 0 && from != to ? 1 : result
    }

    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        let value = scalar.value
        return value >= 0x41 && value <= 0x5A ? value | 0x20 : value
    }
}
