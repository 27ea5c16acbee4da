import Sluice

/// Shows how fast a run goes while it runs.
struct Progress: Sendable {
    /// How it is shown.
    enum Style: Sendable {
        /// One line that changes.
        case status
        /// A line each time.
        case lines
    }

    let style: Style
    let run: FlowRun
    let feeds: FeedCounter
    let outputs: OutputWriter
    let terminal: Terminal

    /// Shows the rates until the task is cancelled.
    func show(scheduler: any Scheduler) async {
        let start = scheduler.uptimeNanoseconds
        var last = (time: start, handled: 0)
        let pause: Int64 = style == .status ? 250 : 1_000
        while (try? await scheduler.sleep(milliseconds: pause)) != nil {
            let now = scheduler.uptimeNanoseconds
            let nodes = run.statistics
            let handled = nodes.reduce(0) { $0 + $1.received }
            let failed = nodes.reduce(0) { $0 + $1.failed }
            let elapsed = Double(now - last.time) / 1e9
            let rate = Int(Double(handled - last.handled) / max(elapsed, 1e-9))
            last = (now, handled)
            let line =
                "\(Words.seconds(Double(now - start) / 1e9)) s: "
                + "\(feeds.value.grouped) in, "
                + "\(outputs.count.grouped) out, "
                + "\(failed.grouped) failed, \(rate.grouped) handled a second"
            switch style {
            case .status: terminal.show(status: line)
            case .lines: terminal.note("\(line)")
            }
        }
        if style == .status { terminal.show(status: "") }
    }
}
