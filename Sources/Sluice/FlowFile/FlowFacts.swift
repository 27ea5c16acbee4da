public import SluiceJSON

/// What people read about a flow: what goes in and out, what can be set, what it is made of.
///
/// Of a flow with errors, what could be read.
public struct FlowFacts: Sendable {
    /// A value that whoever uses the flow can give.
    public struct Parameter: Sendable {
        /// The name.
        public let name: String
        /// What fits.
        public let schema: Schema
        /// The value that stands where none is given; nil where one has to be given, and for a secret
        /// one.
        public let defaultValue: JSON?
        /// Whether a value has to be given.
        public let isRequired: Bool
        /// What the parameter is for.
        public let about: String
    }

    /// An exported port.
    public struct Port: Sendable {
        /// The name that it has outside.
        public let name: String
        /// The port inside, such as `store.put`.
        public let place: String
        /// What fits, or what leaves.
        public let schema: Schema
        /// What the port is for.
        public let about: String
    }

    /// A node of the flow's own file.
    public struct Node: Sendable {
        /// The name.
        public let name: String
        /// The component or the sub-flow's file, as the flow file has it.
        public let component: String
        /// What the node is for.
        public let about: String
    }

    /// The flow's name; that of the file where it has none.
    public internal(set) var name: String
    /// What the flow is for.
    public internal(set) var about: String
    /// The parameters, in the order of the file.
    public internal(set) var parameters: [Parameter]
    /// The exported inputs, in the order of the file.
    public internal(set) var inputs: [Port] = []
    /// The exported outputs, in the order of the file.
    public internal(set) var outputs: [Port] = []
    /// The names of the exported inputs, also of those that lead nowhere.
    public internal(set) var inputNames: [String]
    /// The names of the exported outputs, also of those that lead nowhere.
    public internal(set) var outputNames: [String]
    /// The nodes, in the order of the file.
    public internal(set) var nodes: [Node]
    /// How many edges the flow's own file has.
    public internal(set) var edgeCount: Int
    /// The names of all nodes, those of sub-flows as `outer/inner`.
    public internal(set) var nodeNames: [String]

    init(_ unit: FlowBuilder.Unit, _ plan: Plan) {
        let definition = unit.definition
        name = plan.name
        about = definition.about
        parameters = definition.parameters.map {
            Parameter(
                name: $0.name, schema: $0.schema,
                defaultValue: $0.schema.isSecret ? Optional<JSON>.none : $0.defaultValue,
                isRequired: $0.defaultValue == Optional<JSON>.none,
                about: $0.about.isEmpty ? $0.schema.about : $0.about)
        }
        nodes = definition.nodes.map { node in
            Node(
                name: node.name, component: node.component.string ?? "",
                about: node.json["description"]?.string ?? "")
        }
        edgeCount = definition.edges.count
        inputNames = definition.inputs.map(\.name)
        outputNames = definition.outputs.map(\.name)
        nodeNames = FlowFacts.names(of: unit)
        inputs = definition.inputs.compactMap { export in
            unit.inputs[export.name].map { place in
                let port = plan.nodes[place.node].ports.inputs[place.port]
                return Port(
                    name: export.name, place: export.target.text, schema: port.schema,
                    about: port.about)
            }
        }
        outputs = definition.outputs.compactMap { export in
            unit.outputs[export.name]?.first.map { place in
                let node = plan.nodes[place.node]
                let ports = node.ports.outputs
                guard place.port < ports.count else {
                    var schema = Failure.reportSchema
                    schema.example = node.ports.failureReport(of: node.name)
                    return Port(
                        name: export.name, place: export.target.text, schema: schema,
                        about: "What failed")
                }
                return Port(
                    name: export.name, place: export.target.text, schema: ports[place.port].schema,
                    about: ports[place.port].about)
            }
        }
    }

    private static func names(of unit: FlowBuilder.Unit) -> [String] {
        unit.definition.nodes.flatMap { node -> [String] in
            let name = unit.prefix + node.name
            guard case .flow(let inner)? = unit.members[node.name] else { return [name] }
            return [name] + names(of: inner)
        }
    }
}
