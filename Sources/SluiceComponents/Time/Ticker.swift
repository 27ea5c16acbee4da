import Sluice
import SluiceJSON

/// A source that emits at fixed times.
enum Ticker: Component {
    static let about = About(
        "ticker", "Emits a message again and again, a fixed time apart",
        discussion: """
            Ticks keep to their times and do not drift; one that cannot leave because the edge is full is \
            left out, so that ticks never pile up. In a run that has inputs the ticker ends with them, \
            alone it runs until a signal.
            """,
        example: #"{ "everyMs": 60000 }"#)

    struct Settings: Message {
        var everyMs = 1000
        var immediately = false
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "everyMs", &everyMs, .range(1...ComponentLimits.longestMilliseconds),
                about: "Milliseconds from tick to tick")
            try m.optional(
                "immediately", &immediately, about: "Whether the first tick comes at the start")
        }
    }

    struct Tick: Message {
        var tick = 0
        var time = 0
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("tick", &tick, about: "The tick's number, from 1")
            try m.required("time", &time, about: "When it came, in milliseconds since 1970")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        ports.fails()
        ports.effects = .none
        let out = ports.output("out", Tick.self, about: "A tick")
        let period = Int64(settings.everyMs)
        ports.source(.endless) { source in
            var tick = 0
            var due = source.now + (settings.immediately ? 0 : period)
            while !source.isStopping {
                // A clock that was set back must not silence the ticker.
                let wait = min(due - source.now, period)
                if wait > 0, await !source.sleep(milliseconds: wait) { return }
                tick += 1
                try await source.emit(Tick(tick: tick, time: Int(source.now)), on: out)
                due = next(after: due, every: period, now: source.now)
            }
        }
    }

    /// The first of the fixed times that lies in the future.
    private static func next(after due: Int64, every period: Int64, now: Int64) -> Int64 {
        now < due ? now + period : now + period - (now - due) % period
    }
}
