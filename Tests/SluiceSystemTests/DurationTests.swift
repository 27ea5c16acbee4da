import SluiceSystem
import Testing

/// Durations as people write them.
@Suite struct DurationTests {
    @Test(arguments: [
        ("0", 0), ("250ms", 250), ("10s", 10_000), ("1.5s", 1_500), (".5s", 500), ("2m", 120_000),
        ("1h30m", 5_400_000), ("1d12h", 129_600_000), ("1w", 604_800_000), ("-90s", -90_000),
        ("+1s", 1_000), ("0.001s", 1), ("1h0m0s", 3_600_000),
    ])
    func areRead(text: String, milliseconds: Int) {
        #expect(DurationText.milliseconds(of: text) == milliseconds)
    }

    @Test(arguments: [
        "", "10", "s", "-", "1x", "1 s", "1s ", "1.s.", "0.0001s", "1e3s", "é", "1S", "1m1",
        "9223372036854775807s", "--1s",
    ])
    func anythingElseIsNone(text: String) {
        #expect(DurationText.milliseconds(of: text) == nil)
    }
}
