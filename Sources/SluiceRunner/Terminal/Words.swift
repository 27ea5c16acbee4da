/// How people write things in sentences.
enum Words {
    /// A number and its noun: `1 error`, `2 errors`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number.grouped) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A number of bytes: `17 bytes`, `3.2 MB`; an MB has 1,048,576 bytes, as in `maxSizeMB`.
    static func bytes(_ number: Int) -> String {
        guard number >= 1_024 else { return count(number, "byte") }
        var amount = Double(number)
        var unit = ""
        for next in ["kB", "MB", "GB", "TB"] where amount >= 1_023.95 || unit.isEmpty {
            amount /= 1_024
            unit = next
        }
        let tenths = Int((amount * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// Seconds with three digits behind the point.
    static func seconds(_ seconds: Double) -> String {
        let thousandths = Int((seconds * 1_000).rounded())
        let part = String(thousandths % 1_000)
        return "\((thousandths / 1_000).grouped)."
            + String(repeating: "0", count: 3 - part.count) + part
    }

    /// A length of time in the two largest units: `4 s`, `2 min 5 s`, `3 h 20 min`.
    static func duration(seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds)) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\((seconds / 3_600).grouped) h \(seconds / 60 % 60) min"
        }
    }
}
