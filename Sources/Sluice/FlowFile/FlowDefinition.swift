import SluiceJSON
import SluiceSystem

/// A flow file as it is written, every part with its place.
struct FlowDefinition {
    struct Parameter {
        var name: String
        var schema: Schema
        var defaultValue: JSON?
        var about = ""
        /// Where the name stands.
        var nameRange: FlowSource.Range
    }

    struct Node {
        var name: String
        var json: JSON
        var component: JSON
        var settings: JSON
        var concurrency = 1
        var isOrdered = true
        var timeoutMilliseconds: Int64?

        /// Whether the component is another flow file.
        var isFlow: Bool {
            let name = component.string ?? ""
            return name.begins(with: "./") || name.begins(with: "../") || name.begins(with: "/")
                || name.ends(with: ".json")
        }
    }

    /// `node.port`, with the string of the file that it stands in.
    struct Endpoint: Hashable {
        var node: String
        var port: String
        var range: FlowSource.Range

        var text: String { "\(node).\(port)" }
    }

    struct Edge {
        var from: Endpoint
        var to: Endpoint
        /// The string or object of the file.
        var json: JSON
        var map: JSON?
        var capacity = FlowLimits.capacity.usual
        var capacityBytes = FlowLimits.capacityBytes.usual
        var retry: RetryPolicy?
        var isFeedback = false
        var maximumMessages = FlowLimits.feedbackMessages.usual
        var maximumBytes = FlowLimits.feedbackBytes.usual

        var text: String { "\(from.text) -> \(to.text)" }
    }

    struct Export {
        var name: String
        var target: Endpoint
    }

    enum OnError {
        case fail, log
        case deadLetter(Endpoint)
    }

    var name = ""
    var about = ""
    var parameters: [Parameter] = []
    var nodes: [Node] = []
    var edges: [Edge] = []
    var inputs: [Export] = []
    var outputs: [Export] = []
    /// nil where the file says nothing.
    var onError: OnError?
}
