import Sluice
import SluiceJSON

/// Shows the failures that no edge takes.
final class FailureReports: RunObserver {
    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func unhandled(_ report: JSON, isLogged: Bool) {
        // Lines that give no message are reported where they are read, with their place.
        guard report["node"]?.string?.isEmpty == false else { return }
        terminal.report(failure: report, isLogged: isLogged)
    }
}
