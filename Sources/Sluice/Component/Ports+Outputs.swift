import SluiceSystem

// The outputs that edges lead from: those that a component declares, and `error` behind them.
extension Ports {
    /// The name of the output that every component has by itself.
    static let errorName = "error"

    /// The place of `error` among the outputs.
    var errorPlace: Int { outputs.count }

    /// The places of all outputs, `error` last.
    var outputPlaces: ClosedRange<Int> { 0...errorPlace }

    /// The names of the outputs that an edge may take from.
    var outputNames: [String] { outputs.map(\.name) + (hasErrorPort ? [Self.errorName] : []) }

    /// The name of the output at a place.
    func outputName(at place: Int) -> String {
        place == errorPlace ? Self.errorName : outputs[place].name
    }

    /// The shape of what leaves by the output at a place.
    func outputSchema(at place: Int) -> Schema {
        place == errorPlace ? Failure.reportSchema : outputs[place].schema
    }

    /// The same for checks of what certainly leaves.
    func closedOutputSchema(at place: Int) -> Schema {
        place == errorPlace ? Failure.closedReportSchema : outputs[place].schema.closed
    }

    /// Whether nodes have the output `error`; without it their failures go as `onError` says.
    public var hasErrorPort: Bool { reasonForNoErrorPort == nil }

    /// Leaves the output `error` out.
    ///
    /// - Parameter reason: Why, as it ends a sentence: "its settings say `enableErrorPort: false`".
    public mutating func leaveErrorPortOut(because reason: String) {
        reasonForNoErrorPort = reason
    }

    /// Says why ports are left out that nodes have with other settings.
    ///
    /// - Parameter reason: A sentence without its full stop, for whoever names one of them in an edge.
    public mutating func leaveOut(_ names: String..., because reason: String) {
        absences += names.map { ($0, reason) }
    }

    /// Why a port is not there; nil where nothing is known of it.
    func reasonForNo(_ name: String) -> String? {
        absences.first { $0.name.isSame(as: name) }?.reason
    }
}

extension Ports {
    /// What several nodes have in common, such as a store.
    public struct Shared: Sendable {
        /// The path, as the settings have it.
        public var path: String
        /// What all nodes that share it have to agree on, as in a flow file.
        public var terms: [(name: String, value: String)]

        /// What is shared.
        public init(path: String, terms: [(name: String, value: String)]) {
            self.path = path
            self.terms = terms
        }
    }
}
