import SluiceJSON
import SluiceSystem

/// Reads a flow file into its definition and notes everything that is wrong on the way.
struct FlowReader {
    let source: FlowSource
    private(set) var findings: [Finding] = []

    /// The members of each object of a flow file.
    enum Known {
        static let flow = [
            "$schema", "sluice", "name", "description", "parameters", "nodes", "edges", "inputs",
            "outputs", "onError",
        ]
        static let node = [
            "component", "settings", "concurrency", "ordered", "timeoutMs", "description",
        ]
        static let edge = [
            "from", "to", "map", "capacity", "capacityBytes", "retry", "feedback",
            "maximumMessages", "maximumBytes", "description",
        ]
        static let parameter = ["schema", "default", "description"]
        static let retry = ["maxAttempts", "initialDelayMs", "factor", "maxDelayMs", "jitter"]
    }

    init(_ source: FlowSource) { self.source = source }

    mutating func read() -> FlowDefinition {
        var flow = FlowDefinition()
        let root = source.json
        guard root.kind == .object else {
            note(.wrongValue, "a flow is an object, found \(root.summary)", root)
            return flow
        }
        findDuplicates(root)
        checkMembers(root, Known.flow, of: "a flow")
        if let version = root["sluice"], version.int != 1 {
            note(
                .unsupportedVersion, "this is format \(version.summary); this program reads 1",
                version)
        }
        flow.name = string(root, "name") ?? ""
        flow.about = string(root, "description") ?? ""
        flow.parameters = readParameters(root["parameters"])
        flow.nodes = readNodes(root)
        flow.edges = readEdges(root["edges"])
        flow.inputs = readExports(root["inputs"], "inputs")
        flow.outputs = readExports(root["outputs"], "outputs")
        flow.onError = readOnError(root["onError"])
        return flow
    }

    // MARK: Parts

    private mutating func readParameters(_ json: JSON?) -> [FlowDefinition.Parameter] {
        guard let json = object(json, "parameters") else { return [] }
        return json.members.compactMap { (member) -> FlowDefinition.Parameter? in
            checkName(member.name, member.value, "parameter")
            guard let value = object(member.value, "a parameter") else { return nil }
            checkMembers(value, Known.parameter, of: "a parameter")
            var schema = Schema.any
            if let text = value["schema"] {
                do throws(Failure) {
                    schema = try Schema(parsing: text)
                } catch {
                    let steps = [JSONPath.Step](pathText: error.path ?? "$")
                    note(
                        .wrongValue, Schema.sentence(error.text, about: steps),
                        FlowSource.nearest(steps, in: text))
                }
            }
            if let fallback = value["default"], let mismatch = schema.mismatches(fallback).first {
                let subject = "the default of the parameter `\(member.name)`"
                note(.wrongValue, mismatch.sentence(about: subject), fallback)
            }
            return FlowDefinition.Parameter(
                name: member.name, schema: schema, defaultValue: value["default"],
                about: string(value, "description") ?? "",
                nameRange: source.nameRange(ofValueAt: member.value.sourceRange))
        }
    }

    private mutating func readNodes(_ root: JSON) -> [FlowDefinition.Node] {
        guard let list = root["nodes"] else {
            note(.missingMember, "the flow has no `nodes`", root.opening)
            return []
        }
        guard let nodes = object(list, "nodes") else { return [] }
        if nodes.count == 0 { note(.emptyFlow, "a flow has at least one node", nodes) }
        return nodes.members.compactMap { (member) -> FlowDefinition.Node? in
            checkName(member.name, member.value, "node")
            guard let value = object(member.value, "a node") else { return nil }
            checkMembers(value, Known.node, of: "a node")
            guard let component = value["component"] else {
                note(
                    .missingMember, "node `\(member.name)` has no `component`",
                    at: source.nameRange(ofValueAt: value.sourceRange))
                return nil
            }
            guard component.string != nil else {
                note(.wrongValue, "`component` is a string, found \(component.summary)", component)
                return nil
            }
            if let about = value["description"] { expectString(about, "description") }
            var node = FlowDefinition.Node(
                name: member.name, json: value, component: component,
                settings: object(value["settings"], "settings") ?? .emptyObject)
            node.concurrency = integer(value, "concurrency", FlowLimits.concurrency)
            node.isOrdered = bool(value, "ordered") ?? true
            node.timeoutMilliseconds = integer(
                value, "timeoutMs", FlowLimits.timeoutMilliseconds
            ).map(Int64.init)
            return node
        }
    }

    private mutating func readEdges(_ json: JSON?) -> [FlowDefinition.Edge] {
        guard let json else { return [] }
        guard json.kind == .array else {
            note(.wrongValue, "`edges` is an array, found \(json.summary)", json)
            return []
        }
        return json.elements.compactMap { (edge) -> FlowDefinition.Edge? in
            switch edge.kind {
            case .string: readShortEdge(edge)
            case .object: readLongEdge(edge)
            default: refuseEdge(edge)
            }
        }
    }

    private mutating func refuseEdge(_ json: JSON) -> FlowDefinition.Edge? {
        note(
            .wrongValue,
            "an edge is \"a.out -> b.in\" or an object with `from` and `to`, found \(json.summary)",
            json)
        return nil
    }

    private mutating func readShortEdge(_ json: JSON) -> FlowDefinition.Edge? {
        let text = json.string ?? ""
        guard let arrow = Substring(text).range(of: "->"),
            Substring(text[arrow.upperBound...]).range(of: "->") == nil
        else {
            note(.wrongValue, "an edge is written \"a.out -> b.in\"", json)
            return nil
        }
        let from = endpoint(text[..<arrow.lowerBound], in: text, json)
        let to = endpoint(text[arrow.upperBound...], in: text, json)
        guard let from, let to else { return nil }
        return FlowDefinition.Edge(from: from, to: to, json: json)
    }

    private mutating func readLongEdge(_ json: JSON) -> FlowDefinition.Edge? {
        checkMembers(json, Known.edge, of: "an edge")
        for name in ["from", "to"] where json[name] == nil {
            note(.missingMember, "the edge has no `\(name)`", json.opening)
        }
        if let about = json["description"] { expectString(about, "description") }
        let from = json["from"].flatMap { endpoint($0) }
        let to = json["to"].flatMap { endpoint($0) }
        let capacity = integer(json, "capacity", FlowLimits.capacity)
        let bytes = integer(json, "capacityBytes", FlowLimits.capacityBytes)
        let retry = readRetry(json["retry"])
        let isFeedback = bool(json, "feedback") ?? false
        let (mostMessages, mostBytes) = readFeedbackBounds(json, isFeedback: isFeedback)
        guard let from, let to else { return nil }
        return FlowDefinition.Edge(
            from: from, to: to, json: json, map: json["map"], capacity: capacity,
            capacityBytes: bytes, retry: retry, isFeedback: isFeedback,
            maximumMessages: mostMessages, maximumBytes: mostBytes)
    }

    private mutating func readFeedbackBounds(
        _ json: JSON, isFeedback: Bool
    ) -> (messages: Int, bytes: Int) {
        for name in ["maximumMessages", "maximumBytes"] where !isFeedback {
            guard let value = json[name] else { continue }
            note(
                .wrongValue,
                "`\(name)` bounds an edge marked `feedback`; the sender of another waits at "
                    + "`capacity` and `capacityBytes`", value)
        }
        return (
            integer(json, "maximumMessages", FlowLimits.feedbackMessages),
            integer(json, "maximumBytes", FlowLimits.feedbackBytes)
        )
    }

    private mutating func readRetry(_ json: JSON?) -> RetryPolicy? {
        guard let json else { return nil }
        if let bool = json.bool { return bool ? RetryPolicy() : nil }
        guard json.kind == .object else {
            note(.wrongValue, "`retry` is true, false or an object, found \(json.summary)", json)
            return nil
        }
        checkMembers(json, Known.retry, of: "`retry`")
        var policy = RetryPolicy()
        policy.maximumAttempts = integer(json, "maxAttempts", FlowLimits.attempts)
        policy.initialDelay = Int64(integer(json, "initialDelayMs", FlowLimits.initialDelay))
        policy.maximumDelay = Int64(integer(json, "maxDelayMs", FlowLimits.maximumDelay))
        policy.factor = number(json, "factor", FlowLimits.delayFactor)
        policy.jitter = number(json, "jitter", FlowLimits.jitter)
        return policy
    }

    private mutating func readExports(_ json: JSON?, _ name: String) -> [FlowDefinition.Export] {
        guard let json = object(json, name) else { return [] }
        return json.members.compactMap { (member) -> FlowDefinition.Export? in
            checkName(member.name, member.value, name == "inputs" ? "input" : "output")
            return endpoint(member.value).map {
                FlowDefinition.Export(name: member.name, target: $0)
            }
        }
    }

    private mutating func readOnError(_ json: JSON?) -> FlowDefinition.OnError? {
        guard let json else { return nil }
        switch json.string {
        case "fail": return .fail
        case "log": return .log
        default: break
        }
        if json.kind == .object, let target = json["deadLetter"] {
            checkMembers(json, ["deadLetter"], of: "`onError`")
            return endpoint(target).map { .deadLetter($0) }
        }
        let near = json.string.flatMap { Spelling.closest(to: $0, among: ["fail", "log"]) }
        note(
            .wrongValue, "`onError` is \"fail\", \"log\" or {\"deadLetter\": \"node.port\"}", json,
            suggestion: near)
        return nil
    }

    // MARK: Endpoints

    private mutating func endpoint(_ json: JSON) -> FlowDefinition.Endpoint? {
        guard let text = json.string else {
            note(.wrongValue, "must be \"node.port\", found \(json.summary)", json)
            return nil
        }
        return endpoint(Substring(text), in: text, json)
    }

    private mutating func endpoint(
        _ part: Substring, in text: String, _ json: JSON
    ) -> FlowDefinition.Endpoint? {
        let trimmed = part.withoutSpace
        let range = source.range(
            inString: text, at: json.sourceRange,
            offset: text.utf8.distance(from: text.startIndex, to: trimmed.startIndex),
            length: trimmed.utf8.count)
        guard let dot = trimmed.firstIndex(ofASCII: ".") else {
            return refuseEndpoint(trimmed, range)
        }
        let node = String(trimmed[..<dot])
        let port = String(trimmed[trimmed.utf8.index(after: dot)...])
        guard Names.isName(node), Names.isName(port) else {
            return refuseEndpoint(trimmed, range)
        }
        return FlowDefinition.Endpoint(node: node, port: port, range: range)
    }

    private mutating func refuseEndpoint(
        _ text: Substring, _ range: FlowSource.Range
    ) -> FlowDefinition.Endpoint? {
        note(.wrongValue, "`\(text)` is not of the form `node.port`", at: range)
        return nil
    }
}

// MARK: - Values with their diagnostics

extension FlowReader {
    mutating func note(_ code: Code, _ text: String, _ json: JSON, suggestion: String? = nil) {
        note(code, text, at: json.sourceRange, suggestion: suggestion)
    }

    mutating func note(
        _ code: Code, _ text: String, at range: FlowSource.Range, suggestion: String? = nil
    ) {
        findings.append(
            Finding(
                code: code, text: text, place: .file(source, range),
                suggestion: suggestion.map { "did you mean `\($0)`?" }))
    }

    private mutating func findDuplicates(_ json: JSON) {
        switch json.kind {
        case .object:
            var seen = Names.Seen()
            for member in json.members {
                if !seen.insert(member.name) {
                    note(
                        .duplicateName, "`\(member.name)` is there twice",
                        at: source.nameRange(ofValueAt: member.value.sourceRange))
                }
                findDuplicates(member.value)
            }
        case .array:
            for element in json.elements { findDuplicates(element) }
        case .null, .bool, .number, .string:
            break
        }
    }

    private mutating func checkMembers(_ json: JSON, _ known: [String], of what: String) {
        for member in json.members
        where !known.has(member.name) && !member.name.begins(with: "x-") {
            note(
                .unknownMember, "\(what) has no member `\(member.name)`",
                at: source.nameRange(ofValueAt: member.value.sourceRange),
                suggestion: Spelling.closest(to: member.name, among: known))
        }
    }

    private mutating func checkName(_ name: String, _ value: JSON, _ what: String) {
        guard !Names.isName(name) else { return }
        note(
            .invalidName,
            "`\(name)` is no name for a \(what): a letter or `_`, then up to \(FlowLimits.nameBytes - 1) letters, digits, "
                + "`_` or `-`",
            at: source.nameRange(ofValueAt: value.sourceRange))
    }

    private mutating func object(_ json: JSON?, _ what: String) -> JSON? {
        guard let json else { return nil }
        guard json.kind == .object else {
            note(.wrongValue, "`\(what)` is an object, found \(json.summary)", json)
            return nil
        }
        return json
    }

    private mutating func expectString(_ json: JSON, _ name: String) {
        if json.string == nil {
            note(.wrongValue, "`\(name)` is a string, found \(json.summary)", json)
        }
    }

    private mutating func string(_ json: JSON, _ name: String) -> String? {
        guard let value = json[name] else { return nil }
        expectString(value, name)
        return value.string
    }

    private mutating func bool(_ json: JSON, _ name: String) -> Bool? {
        guard let value = json[name] else { return nil }
        if value.bool == nil {
            note(.wrongValue, "`\(name)` is true or false, found \(value.summary)", value)
        }
        return value.bool
    }

    private mutating func integer(_ json: JSON, _ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = json[name] else { return nil }
        if let int = value.int, range.contains(int) { return int }
        note(
            .wrongValue,
            "`\(name)` is a whole number from \(range.lowerBound) to \(range.upperBound), "
                + "found \(value.summary)", value)
        return nil
    }

    private mutating func integer(_ json: JSON, _ name: String, _ bounds: Bounds<Int>) -> Int {
        integer(json, name, bounds.range) ?? bounds.usual
    }

    private mutating func number(
        _ json: JSON, _ name: String, _ bounds: Bounds<Double>
    ) -> Double {
        guard let value = json[name] else { return bounds.usual }
        let range = bounds.range
        if let double = value.double, range.contains(double) { return double }
        note(
            .wrongValue,
            "`\(name)` is a number from \(range.lowerBound) to \(range.upperBound), "
                + "found \(value.summary)", value)
        return bounds.usual
    }
}

extension JSON {
    /// The place of the value's first character, for what is missing inside it.
    var opening: FlowSource.Range { sourceRange.lowerBound..<(sourceRange.lowerBound + 1) }
}

extension FlowReader {
    mutating func note(_ code: Code, _ text: String, _ range: FlowSource.Range) {
        note(code, text, at: range)
    }
}
