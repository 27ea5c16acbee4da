import Sluice
import SluiceSystem

/// Shows how fast a run goes while it runs.
final class RunProgress: RunObserver {
    /// How it is shown.
    enum Style: Sendable {
        /// One line that changes.
        case status
        /// A line each time.
        case lines
    }

    private struct State {
        var start: UInt64 = 0
        var last: (time: UInt64, handled: Int) = (0, 0)
        var isOver = false
    }

    private let style: Style
    private let feeds: FeedCounter
    private let outputs: OutputWriter
    private let terminal: Terminal
    private let scheduler: any Scheduler
    private let state = Lock(State())

    init(
        _ style: Style, _ feeds: FeedCounter, _ outputs: OutputWriter, _ terminal: Terminal,
        _ scheduler: any Scheduler
    ) {
        self.style = style
        self.feeds = feeds
        self.outputs = outputs
        self.terminal = terminal
        self.scheduler = scheduler
    }

    var measuringInterval: Int64? { style == .status ? 250 : 1_000 }

    func changed(to runState: RunState) {
        state.withLock { state in
            switch runState {
            case .started:
                state.start = scheduler.uptimeNanoseconds
                state.last = (state.start, 0)
            case .ended:
                state.isOver = true
                if style == .status { terminal.show(status: "") }
            case .stopping, .aborted: break
            }
        }
    }

    func measured(_ nodes: [RunResult.Node]) {
        // Under the lock: no line comes after the last.
        state.withLock { state in
            if !state.isOver { show(nodes, &state) }
        }
    }

    private func show(_ nodes: [RunResult.Node], _ state: inout State) {
        let now = scheduler.uptimeNanoseconds
        let handled = nodes.reduce(0) { $0 + $1.received }
        let failed = nodes.reduce(0) { $0 + $1.failed }
        let elapsed = Double(now - state.last.time) / 1e9
        let rate = Int(Double(handled - state.last.handled) / max(elapsed, 1e-9))
        state.last = (now, handled)
        let line =
            "\(Words.seconds(Double(now - state.start) / 1e9)) s: "
            + "\(feeds.value.grouped) in, "
            + "\(outputs.count.grouped) out, "
            + "\(failed.grouped) failed, \(rate.grouped) handled a second"
        switch style {
        case .status: terminal.show(status: line)
        case .lines: terminal.note("\(line)")
        }
    }
}
