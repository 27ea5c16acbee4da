import Sluice
import SluiceJSON

/// A test file as it is written, every part with its place.
struct TestFile: Sendable {
    /// What the file tests.
    enum Subject: Sendable {
        /// A component by its name, with the settings where there are any.
        case component(JSON, settings: JSON?)
        /// A flow file by its path, with the parameters where there are any.
        case flow(JSON, parameters: JSON?)
    }

    /// Messages for one port, or expected from it.
    struct PortMessages: Sendable {
        var port: String
        var nameRange: FlowSource.Range
        var messages: [Pattern]
    }

    /// A file that is copied to where the flow finds it by `name`.
    struct Fixture: Sendable {
        var name: String
        var nameRange: FlowSource.Range
        /// The file that is copied, from the test file's folder.
        var path: JSON
    }

    /// What a file that the flow writes has to hold.
    struct FileExpectation: Sendable {
        enum Content: Sendable {
            /// Its whole text fits.
            case text(Pattern)
            /// Its lines are messages that fit one after the other.
            case lines([Pattern])
        }

        var name: String
        var nameRange: FlowSource.Range
        var content: Content
    }

    struct Step: Sendable {
        var range: FlowSource.Range
        var sends: [PortMessages] = []
        var expectations: [PortMessages] = []
        /// What has to be in files after the step.
        var files: [FileExpectation] = []
        /// How much time passes after the messages were sent, in milliseconds.
        var advance: Int64?
        /// Whether the inputs end.
        var ends = false
    }

    struct Case: Sendable {
        var name: String
        var range: FlowSource.Range
        /// Those of the file among them, unless the case has another for the same node.
        var mocks: [Mock] = []
        /// Those of the file among them, unless the case has another of that name.
        var fixtures: [Fixture] = []
        var steps: [Step] = []
        /// What has to be in files after the last step.
        var files: [FileExpectation] = []
    }

    let source: FlowSource
    var subject: Subject?
    var variables: [String: String] = [:]
    var cases: [Case] = []

    /// The names of all output ports that a case expects something from: those that tell more than
    /// answers, such as the `change` of a store, are listened to only then.
    func expectedPorts(in test: Case) -> Set<String> {
        Set(test.steps.flatMap { $0.expectations.map(\.port) })
    }
}

/// What stands in for a node of a flow.
struct Mock: Sendable {
    /// What is emitted for messages that fit.
    struct Entry: Sendable {
        /// nil where every message fits.
        var match: Pattern?
        var emits: [TestFile.PortMessages]
    }

    /// The node's name; in a sub-flow `outer/inner`.
    var node: String
    var nameRange: FlowSource.Range
    /// The entries of each input port, tried in order.
    var ports: [(name: String, nameRange: FlowSource.Range, entries: [Entry])]
}
