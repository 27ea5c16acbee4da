import SluiceSystem

/// A flow as a picture in text: for Mermaid, which web pages render, or for Graphviz.
///
/// Sub-flows are frames around their nodes, exported ports are rounded ends. Edges are labelled with
/// the ports they join; those from `error` are dashed, those marked `feedback` dotted.
public struct FlowGraph: Sendable {
    private struct Box {
        var id: String
        var name: String
        var component: String
    }

    private struct Link {
        var from: String
        var to: String
        var label: String
        var isError = false
        var isFeedback = false
    }

    /// A sub-flow, or the whole flow.
    private struct Frame {
        var id = ""
        var name = ""
        var boxes: [Box] = []
        var frames: [Frame] = []

        /// Adds a box to the frame at a path of sub-flows.
        mutating func add(_ box: Box, at path: ArraySlice<Substring>, _ frameCount: inout Int) {
            guard let first = path.first else { return boxes.append(box) }
            let known = frames.firstIndex { $0.name == first }
            let index = known ?? frames.count
            if known == nil {
                frames.append(Frame(id: "f\(frameCount)", name: String(first)))
                frameCount += 1
            }
            frames[index].add(box, at: path.dropFirst(), &frameCount)
        }
    }

    private let name: String
    private var flow = Frame()
    private var inputs: [(id: String, name: String)] = []
    private var outputs: [(id: String, name: String)] = []
    private var links: [Link] = []

    /// Creates the picture of a flow.
    public init(_ plan: Plan) {
        let plan = plan.withoutGates()
        name = plan.name
        var frameCount = 0
        for (index, node) in plan.nodes.enumerated() where node.gate == nil {
            let path = node.name.split(separator: "/")
            let box = Box(
                id: "n\(index)", name: path.last.map(String.init) ?? node.name,
                component: node.component)
            flow.add(box, at: path.dropLast(), &frameCount)
        }
        for (name, place) in plan.inputs {
            let id = "i\(inputs.count)"
            inputs.append((id, name))
            let label = plan.nodes[place.node].ports.inputs[place.port].name
            links.append(Link(from: id, to: "n\(place.node)", label: label))
        }
        for edge in plan.edges {
            guard let from = edge.from else { continue }
            let (output, isError) = Self.output(from, plan)
            let input = plan.nodes[edge.to.node].ports.inputs[edge.to.port].name
            links.append(
                Link(
                    from: "n\(from.node)", to: "n\(edge.to.node)", label: "\(output) → \(input)",
                    isError: isError, isFeedback: edge.isFeedback))
        }
        for (name, place) in plan.outputs {
            // What leaves a sub-flow by `error` may come from several of its nodes.
            let known = outputs.first { $0.name == name }?.id
            let id = known ?? "o\(outputs.count)"
            if known == nil { outputs.append((id, name)) }
            let (output, isError) = Self.output(place, plan)
            links.append(
                Link(from: "n\(place.node)", to: id, label: output, isError: isError))
        }
    }

    private static func output(
        _ place: Plan.Place, _ plan: Plan
    ) -> (name: String, isError: Bool) {
        let ports = plan.nodes[place.node].ports
        return (ports.outputName(at: place.port), place.port == ports.errorPlace)
    }

    // MARK: Mermaid

    /// The picture as a Mermaid flowchart.
    public var mermaid: String {
        var lines = ["flowchart LR"]
        if !name.isEmpty { lines = ["---", "title: \(Self.quoted(name))", "---"] + lines }
        for (id, name) in inputs { lines.append("    \(id)([\"\(Self.entities(name))\"])") }
        Self.appendMermaid(flow, 1, to: &lines)
        for (id, name) in outputs { lines.append("    \(id)([\"\(Self.entities(name))\"])") }
        for link in links {
            let arrow = link.isFeedback ? "-.->" : "-->"
            lines.append("    \(link.from) \(arrow)|\"\(link.label)\"| \(link.to)")
        }
        let dashed = links.indices.filter { links[$0].isError && !links[$0].isFeedback }
        if !dashed.isEmpty {
            let list = dashed.map(String.init).joined(separator: ",")
            lines.append("    linkStyle \(list) stroke-dasharray: 8 4")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func appendMermaid(_ frame: Frame, _ level: Int, to lines: inout [String]) {
        let margin = String(repeating: "    ", count: level)
        for box in frame.boxes {
            lines.append(
                "\(margin)\(box.id)[\"\(entities(box.name))<br/>\(entities(box.component))\"]")
        }
        for inner in frame.frames {
            lines.append("\(margin)subgraph \(inner.id) [\"\(entities(inner.name))\"]")
            appendMermaid(inner, level + 1, to: &lines)
            lines.append("\(margin)end")
        }
    }

    /// Text in a Mermaid label: `#` begins an entity there.
    private static func entities(_ text: String) -> String {
        Printable.line(text).unicodeScalars.reduce(into: "") { label, scalar in
            switch scalar {
            case "\"": label += "#quot;"
            case "#": label += "#35;"
            case "<": label += "#lt;"
            case ">": label += "#gt;"
            case "&": label += "#amp;"
            default: label.unicodeScalars.append(scalar)
            }
        }
    }

    // MARK: Graphviz

    /// The picture in the DOT language of Graphviz.
    public var dot: String {
        var lines = [
            "digraph \(Self.quoted(name)) {",
            "    graph [rankdir=LR, fontname=\"Helvetica\"];",
            "    node [shape=box, fontname=\"Helvetica\"];",
            "    edge [fontname=\"Helvetica\", fontsize=10];",
        ]
        for (id, name) in inputs + outputs {
            lines.append("    \(id) [label=\(Self.quoted(name)), style=rounded];")
        }
        Self.appendDot(flow, 1, to: &lines)
        for link in links {
            var attributes = "label=\(Self.quoted(link.label))"
            if link.isFeedback {
                attributes += ", style=dotted, constraint=false"
            } else if link.isError {
                attributes += ", style=dashed"
            }
            lines.append("    \(link.from) -> \(link.to) [\(attributes)];")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private static func appendDot(_ frame: Frame, _ level: Int, to lines: inout [String]) {
        let margin = String(repeating: "    ", count: level)
        for box in frame.boxes {
            lines.append("\(margin)\(box.id) [label=\(quoted(box.name, box.component))];")
        }
        for inner in frame.frames {
            lines.append("\(margin)subgraph cluster_\(inner.id) {")
            lines.append("\(margin)    label=\(quoted(inner.name));")
            appendDot(inner, level + 1, to: &lines)
            lines.append("\(margin)}")
        }
    }

    /// Lines of text in double quotes, as DOT and the front matter of Mermaid take them.
    private static func quoted(_ lines: String...) -> String {
        let inner = lines.map { Printable.escapingQuotes(Printable.line($0)) }
        return "\"\(inner.joined(separator: "\\n"))\""
    }
}
