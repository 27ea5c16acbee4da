import SluiceSystem

/// A length of time on the command line: `10s`, `500ms`, `1h30m`; a bare number is seconds.
struct TimeSpan: Sendable, Equatable {
    let milliseconds: Int

    /// Reads a length of time of at most 24 days; nil for anything else.
    init?(_ text: String) {
        let isBare = text.utf8.last.map { (0x30...0x39).contains($0) } ?? false
        guard let milliseconds = DurationText.milliseconds(of: isBare ? text + "s" : text),
            (0...2_147_483_647).contains(milliseconds)
        else { return nil }
        self.milliseconds = milliseconds
    }
}
