import Glibc

/// Instants as people and programs read them.
enum Timestamp {
    /// How many characters an instant of the years 0 to 9999 has.
    static let width = 24

    /// An instant in UTC, such as `2026-11-21T14:43:00.250Z` (RFC 3339).
    static func text(milliseconds: Int64) -> String {
        let thousandths = (milliseconds % 1_000 + 1_000) % 1_000
        var seconds = time_t((milliseconds - thousandths) / 1_000)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return String(milliseconds) }
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date =
            "\(digits(Int(parts.tm_year) + 1_900, 4))-"
            + "\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))"
        let time =
            "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):"
            + "\(digits(Int(parts.tm_sec), 2)).\(digits(Int(thousandths), 3))"
        return "\(date)T\(time)Z"
    }
}
