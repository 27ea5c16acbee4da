/// A length of time as people write it: `10s`, `500ms`, `2m`, `1h`; a bare number is seconds.
struct TimeSpan: Sendable, Equatable {
    let milliseconds: Int

    /// Reads a length of time of at most 24 days; nil for anything else.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factors = ["": 1_000.0, "s": 1_000, "ms": 1, "m": 60_000, "h": 3_600_000]
        guard let factor = factors[String(text[digits.endIndex...])],
            let number = Double(digits), number * factor <= 2_147_483_647
        else { return nil }
        milliseconds = Int((number * factor).rounded(.up))
    }
}
