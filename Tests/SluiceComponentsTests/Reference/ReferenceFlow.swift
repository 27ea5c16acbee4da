/// A flow as the second interpreter has it: a line of nodes, each of which takes what the one before
/// emits, with a `map` on some of the edges; at its end maybe a `join` of two branches.
struct ReferenceFlow {
    /// What a node does with its messages.
    enum Stage {
        case transform(ReferenceTemplate)
        /// Goes on with what the condition is true of; the rest leaves by an output of the flow.
        case filter(ReferenceExpression)
        /// Goes on with what no route takes; what the routes take leaves by outputs of the flow.
        case router([ReferenceExpression])
        case split(String)
        case collect(Int)
        /// The stages lie in a sub-flow of their own.
        case subflow([Edge])
    }

    /// A node with the edge that leads to it.
    struct Edge {
        var map: ReferenceTemplate?
        var stage: Stage
    }

    typealias Outputs = [(port: String, value: ReferenceValue)]

    var edges: [Edge]
    /// The maps of two branches that are joined at the end by their member `k`.
    var join: (a: ReferenceTemplate, b: ReferenceTemplate)?

    /// What leaves by each output of the flow, in order, or sorted where a `join` decides it; a message
    /// that fails leaves by none.
    func outputs(
        of messages: [ReferenceValue]
    ) throws(ReferenceExpression.Failure) -> [String: [String]] {
        var outputs: [String: [String]] = [:]
        let last = try Self.run(edges, messages, "n") { port, value in
            outputs[port, default: []].append(value.json)
        }
        if let join {
            let a = try Self.keyed(last, by: join.a)
            let b = try Self.keyed(last, by: join.b)
            let rows = Self.rows(a, b)
            outputs["out"] = rows.filter { $0.isComplete }.map(\.json).sorted()
            outputs["incomplete"] = rows.filter { !$0.isComplete }.map(\.json).sorted()
        } else {
            outputs["out"] = last.map(\.json)
        }
        return outputs.filter { !$0.value.isEmpty }
    }

    private struct Row {
        var key: ReferenceValue
        var a: ReferenceValue?
        var b: ReferenceValue?

        var isComplete: Bool { a != nil && b != nil }

        var json: String {
            let values = [("a", a), ("b", b)].compactMap { name, value in
                value.map { (name: name, value: $0) }
            }
            return ReferenceValue.members([("key", key), ("values", .members(values))]).json
        }
    }

    /// The messages of a branch with their keys, those without a key left out.
    private static func keyed(
        _ messages: [ReferenceValue], by map: ReferenceTemplate
    ) throws(ReferenceExpression.Failure) -> [(key: ReferenceValue, value: ReferenceValue)] {
        var result: [(key: ReferenceValue, value: ReferenceValue)] = []
        for message in messages {
            let value = try known { () throws(ReferenceExpression.Failure) in
                try map.value(message)
            }
            guard let value,
                let key = try? ReferenceExpression.path([.name("k")]).value(value),
                [.text, .number, .bool].contains(key.kind)
            else { continue }
            result.append((key, value))
        }
        return result
    }

    /// The first message of each key on one side with the first on the other, and so on.
    private static func rows(
        _ a: [(key: ReferenceValue, value: ReferenceValue)],
        _ b: [(key: ReferenceValue, value: ReferenceValue)]
    ) -> [Row] {
        var rows = a.map { Row(key: $0.key, a: $0.value) }
        for (key, value) in b {
            let place = rows.firstIndex {
                $0.b == nil && ReferenceFunctions.areEqual($0.key, key)
            }
            if let place {
                rows[place].b = value
            } else {
                rows.append(Row(key: key, b: value))
            }
        }
        return rows
    }

    private static func run(
        _ edges: [Edge], _ messages: [ReferenceValue], _ prefix: String,
        _ emit: (String, ReferenceValue) -> Void
    ) throws(ReferenceExpression.Failure) -> [ReferenceValue] {
        var messages = messages
        for (index, edge) in edges.enumerated() {
            var next: [ReferenceValue] = []
            for message in messages {
                guard let map = edge.map else {
                    next.append(message)
                    continue
                }
                if let value = try known({ () throws(ReferenceExpression.Failure) in
                    try map.value(message)
                }) {
                    next.append(value)
                }
            }
            messages = try run(edge.stage, next, "\(prefix)\(index)", emit)
        }
        return messages
    }

    /// The value of `body`; nil where it fails.
    private static func known<T>(
        _ body: () throws(ReferenceExpression.Failure) -> T
    ) throws(ReferenceExpression.Failure) -> T? {
        do {
            return try body()
        } catch {
            if error == .unknown { throw error }
            return nil
        }
    }

    private static func run(
        _ stage: Stage, _ messages: [ReferenceValue], _ name: String,
        _ emit: (String, ReferenceValue) -> Void
    ) throws(ReferenceExpression.Failure) -> [ReferenceValue] {
        var result: [ReferenceValue] = []
        switch stage {
        case .collect(let count):
            for start in stride(from: 0, to: messages.count, by: count) {
                result.append(.list(Array(messages[start..<min(start + count, messages.count)])))
            }
            return result
        case .subflow(let edges):
            return try run(edges, messages, name, emit)
        case .transform, .filter, .router, .split:
            break
        }
        for message in messages {
            switch stage {
            case .transform(let template):
                let value = try known { () throws(ReferenceExpression.Failure) in
                    try template.value(message)
                }
                if let value { result.append(value) }
            case .filter(let condition):
                let holds = try known { () throws(ReferenceExpression.Failure) in
                    try condition.holds(message)
                }
                if holds == true { result.append(message) }
                if holds == false { emit("\(name)_rejected", message) }
            case .router(let routes):
                let taken = try known { () throws(ReferenceExpression.Failure) in
                    for (index, route) in routes.enumerated() where try route.holds(message) {
                        return index
                    }
                    return -1
                }
                if let taken, taken >= 0 { emit("\(name)_r\(taken)", message) }
                if taken == -1 { result.append(message) }
            case .split(let member):
                let path = ReferenceExpression.path([.name(member)])
                let value = try known { () throws(ReferenceExpression.Failure) in
                    try path.value(message)
                }
                if case .list(let elements)? = value { result += elements }
            case .collect, .subflow:
                break
            }
        }
        return result
    }
}

// MARK: - As a flow file

extension ReferenceFlow {
    /// The files of the flow: `flow.json` and its sub-flows.
    func files() -> [String: String] {
        var files: [String: String] = [:]
        files["flow.json"] = Self.text(edges, "n", join: join, &files)
        return files
    }

    private static func text(
        _ edges: [Edge], _ prefix: String,
        join: (a: ReferenceTemplate, b: ReferenceTemplate)? = nil,
        _ files: inout [String: String]
    ) -> String {
        var nodes = [#""entry": {"component": "transform", "settings": {"map": "{{$}}"}}"#]
        var lines: [String] = []
        var outputs: [String] = []
        var last = "entry.out"
        for (index, edge) in edges.enumerated() {
            let name = "\(prefix)\(index)"
            let node = node(edge.stage, name, &files)
            nodes.append(#""\#(name)": \#(node.json)"#)
            let map = edge.map.map { #", "map": \#($0.json)"# } ?? ""
            lines.append(#"{"from": "\#(last)", "to": "\#(name).in"\#(map)}"#)
            outputs += node.outputs.map { #""\#($0.name)": "\#(name).\#($0.port)""# }
            last = "\(name).\(node.next)"
        }
        if let join {
            nodes.append(
                #""join": {"component": "join", "settings": {"inputs": ["a", "b"], "key": "$.k"}}"#)
            lines.append(#"{"from": "\#(last)", "to": "join.a", "map": \#(join.a.json)}"#)
            lines.append(#"{"from": "\#(last)", "to": "join.b", "map": \#(join.b.json)}"#)
            outputs.append(#""incomplete": "join.incomplete""#)
            last = "join.out"
        }
        outputs.append(#""out": "\#(last)""#)
        return """
            {"nodes": {\(nodes.joined(separator: ",\n"))},
             "edges": [\(lines.joined(separator: ",\n"))],
             "inputs": {"in": "entry.in"}, "outputs": {\(outputs.joined(separator: ", "))},
             "onError": "log"}
            """
    }

    private struct Node {
        var json: String
        /// The port that the next node takes from.
        var next = "out"
        /// What leaves the flow here.
        var outputs: [(name: String, port: String)] = []
    }

    private static func node(
        _ stage: Stage, _ name: String, _ files: inout [String: String]
    ) -> Node {
        func component(_ type: String, _ settings: String) -> String {
            #"{"component": "\#(type)", "settings": {\#(settings)}}"#
        }
        func quoted(_ text: String) -> String { ReferenceValue.text(text).json }
        switch stage {
        case .transform(let template):
            return Node(json: component("transform", #""map": \#(template.json)"#))
        case .filter(let condition):
            return Node(
                json: component("filter", #""when": \#(quoted(condition.text))"#),
                outputs: [("\(name)_rejected", "rejected")])
        case .router(let routes):
            let list = routes.enumerated().map {
                #"{"name": "r\#($0.offset)", "when": \#(quoted($0.element.text))}"#
            }
            return Node(
                json: component("router", #""routes": [\#(list.joined(separator: ", "))]"#),
                next: "default", outputs: routes.indices.map { ("\(name)_r\($0)", "r\($0)") })
        case .split(let member):
            return Node(json: component("split", #""path": "$.\#(member)""#))
        case .collect(let count):
            return Node(json: component("collect", #""count": \#(count)"#))
        case .subflow(let edges):
            files["\(name).json"] = text(edges, name, &files)
            return Node(
                json: #"{"component": "./\#(name).json"}"#,
                outputs: exports(of: edges, name).map { ($0, $0) })
        }
    }

    /// The outputs that a line of nodes has beside its last.
    private static func exports(of edges: [Edge], _ prefix: String) -> [String] {
        edges.enumerated().flatMap { index, edge -> [String] in
            let name = "\(prefix)\(index)"
            switch edge.stage {
            case .filter: return ["\(name)_rejected"]
            case .router(let routes): return routes.indices.map { "\(name)_r\($0)" }
            case .subflow(let edges): return exports(of: edges, name)
            case .transform, .split, .collect: return []
            }
        }
    }
}
