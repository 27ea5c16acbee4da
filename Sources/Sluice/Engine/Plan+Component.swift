public import SluiceJSON

extension Plan {
    /// A flow of one node whose ports are all exported under their own names: how a component is
    /// tried alone.
    ///
    /// - Parameter listening: The names of those outputs to export that are not unless asked for.
    /// - Throws: ``Failure`` with the path of the setting that does not fit.
    public init(
        component type: ComponentType, settings: JSON, node name: String = "node",
        folder: String = ".", concurrency: Int = 1,
        listening: Set<String> = []
    ) throws(Failure) {
        if let mismatch = type.mismatches(settings).first {
            throw Failure("invalid_settings", "\(mismatch.pathText): \(mismatch.text)")
        }
        secrets.formUnion(type.settingsSchema.secrets(in: settings))
        let ports = try type.ports(settings: settings)
        var node = Node(
            name: name, component: type.about.name, ports: ports,
            make: { () throws(Failure) in try type.ports(settings: settings) }, folder: folder)
        node.concurrency = concurrency
        nodes = [node]
        for (index, port) in ports.inputs.enumerated() {
            let place = Place(node: 0, port: index)
            inputs.append((port.name, place))
            edges.append(Edge(to: place, text: "input \(port.name) -> \(name).\(port.name)"))
        }
        for (index, port) in ports.outputs.enumerated()
        where !port.isOnDemand || listening.contains(port.name) {
            outputs.append((port.name, Place(node: 0, port: index)))
        }
        if ports.hasErrorPort {
            outputs.append((Ports.errorName, Place(node: 0, port: ports.errorPlace)))
        }
    }
}

extension Schema.Mismatch {
    /// The place as a JSON path.
    public var pathText: String {
        path.reduce("$") { text, step in
            switch step {
            case .name(let name): "\(text).\(name)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }
}
