public import SluiceJSON

/// The JSON Schema (draft 2020-12) of flow files that use the components of a registry, with which
/// editors complete and check them.
///
/// What a flow needs beyond its shape, such as that edges lead to ports that exist, only `check`
/// sees. `${NAME}` is accepted wherever variables are replaced.
public struct FlowSchema: Sendable {
    private let registry: ComponentRegistry

    /// Creates the schema of flows that use these components.
    public init(_ registry: ComponentRegistry) { self.registry = registry }

    private static let name = "[A-Za-z_][A-Za-z0-9_-]{0,\(FlowLimits.nameBytes - 1)}"
    private static let port = "\(name)\\.\(name)"
    private static let blanks = "[ \\t]*"
    fileprivate static let notes: JSON = ["^x-": true]
    private static let about: JSON = ["type": "string", "description": "What it is for"]

    /// The schema.
    public var json: JSON {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Sluice flow",
            "type": "object",
            "properties": [
                "$schema": ["type": "string"],
                "sluice": ["const": 1, "description": "The version of the format"],
                "name": ["type": "string", "description": "The flow's name"],
                "description": Self.about,
                "parameters": Self.named(
                    ["$ref": "#/$defs/parameter"], "What a flow that uses this one can set"),
                "nodes": nodes,
                "edges": [
                    "type": "array", "description": "The ways of messages from port to port",
                    "items": ["$ref": "#/$defs/edge"],
                ],
                "inputs": Self.named(
                    ["$ref": "#/$defs/endpoint"], "The input ports that the flow exports"),
                "outputs": Self.named(
                    ["$ref": "#/$defs/endpoint"], "The output ports that the flow exports"),
                "onError": Self.onError,
            ],
            "required": ["nodes"],
            "patternProperties": Self.notes,
            "additionalProperties": false,
            "$defs": [
                "endpoint": [
                    "type": "string",
                    "pattern": JSON("^\(Self.blanks)\(Self.port)\(Self.blanks)$"),
                    "description": "node.port",
                ],
                "variable": [
                    "type": "string", "pattern": "[$]\\{", "description": "${NAME} in a string",
                ],
                "parameter": Self.parameter,
                "node": node,
                "edge": Self.edge,
            ],
        ]
    }

    private static func named(_ values: JSON, _ about: String) -> JSON {
        [
            "type": "object", "description": JSON(about),
            "propertyNames": ["pattern": JSON("^\(name)$")],
            "additionalProperties": values,
        ]
    }

    private static let onError: JSON = [
        "description": "What happens to a failure that no edge and no export takes",
        "anyOf": [
            ["enum": ["fail", "log"]],
            [
                "type": "object", "properties": ["deadLetter": ["$ref": "#/$defs/endpoint"]],
                "required": ["deadLetter"], "patternProperties": notes,
                "additionalProperties": false,
            ],
        ],
    ]

    private static let parameter: JSON = [
        "type": "object",
        "properties": [
            "schema": [
                "description": "The JSON Schema of the value", "type": ["object", "boolean"],
            ],
            "default": ["description": "The value where none is given"],
            "description": about,
        ],
        "patternProperties": notes,
        "additionalProperties": false,
    ]

    // MARK: Nodes

    private var nodes: JSON {
        [
            "type": "object", "description": "The nodes, by name",
            "minProperties": 1,
            "propertyNames": ["pattern": JSON("^\(Self.name)$")],
            "additionalProperties": ["$ref": "#/$defs/node"],
        ]
    }

    private var node: JSON {
        let components = registry.all.map { type in
            Self.object(("const", JSON(type.about.name)), ("description", JSON(type.about.summary)))
        }
        let others: [JSON] = [
            ["type": "string", "pattern": "^\\.{0,2}/|\\.json$", "description": "A flow file"],
            ["$ref": "#/$defs/variable"],
        ]
        return [
            "type": "object",
            "properties": [
                "component": [
                    "description": "What the node does", "type": "string",
                    "anyOf": Self.list(components + others),
                ],
                "settings": [
                    "type": "object", "description": "How it does it: as the component defines",
                ],
                "concurrency": Self.integer(
                    FlowLimits.concurrency.range, "How many messages are handled at once"),
                "ordered": [
                    "type": "boolean", "default": true,
                    "description": "Whether concurrent handling keeps the order of messages",
                ],
                "timeoutMs": Self.integer(
                    FlowLimits.timeoutMilliseconds, "How long one message may take, in milliseconds"
                ),
                "description": Self.about,
            ],
            "required": ["component"],
            "patternProperties": Self.notes,
            "additionalProperties": false,
            "allOf": Self.list(registry.all.map { Self.settings(of: $0) }),
        ]
    }

    /// What the settings of a node have to be if it has this component.
    private static func settings(of type: ComponentType) -> JSON {
        let needsSettings = type.settingsSchema.properties.contains(where: \.isRequired)
        var consequence = [("properties", object(("settings", type.settingsSchema.members)))]
        if needsSettings { consequence.append(("required", ["settings"])) }
        return object(
            (
                "if",
                [
                    "properties": ["component": ["const": JSON(type.about.name)]],
                    "required": ["component"],
                ]
            ), ("then", object(consequence)))
    }

    // MARK: Edges

    private static let edge: JSON = [
        "anyOf": [
            [
                "type": "string", "description": "\"a.out -> b.in\"",
                "pattern": JSON("^\(blanks)\(port)\(blanks)->\(blanks)\(port)\(blanks)$"),
            ],
            [
                "type": "object",
                "properties": [
                    "from": ["$ref": "#/$defs/endpoint"],
                    "to": ["$ref": "#/$defs/endpoint"],
                    "map": ["description": "A template that makes the message for the target"],
                    "capacity": integer(FlowLimits.capacity, "How many messages may wait"),
                    "capacityBytes": bytes(FlowLimits.capacityBytes, "How many bytes may wait"),
                    "retry": [
                        "description": "Whether failures marked retryable are tried again",
                        "anyOf": [["type": "boolean"], retry],
                    ],
                    "feedback": [
                        "type": "boolean", "description": "Whether the edge closes a cycle",
                    ],
                    "maximumMessages": integer(
                        FlowLimits.feedbackMessages,
                        "How many messages a feedback edge takes at most"),
                    "maximumBytes": bytes(
                        FlowLimits.feedbackBytes, "How many bytes a feedback edge takes at most"),
                    "description": about,
                ],
                "required": ["from", "to"],
                "patternProperties": notes,
                "additionalProperties": false,
            ],
        ]
    ]

    private static let retry: JSON = [
        "type": "object",
        "properties": [
            "maxAttempts": integer(FlowLimits.attempts, "Attempts, the first included"),
            "initialDelayMs": integer(FlowLimits.initialDelay, "The first delay"),
            "factor": number(
                FlowLimits.delayFactor, "What each delay is multiplied by for the next"),
            "maxDelayMs": integer(FlowLimits.maximumDelay, "The longest delay"),
            "jitter": number(FlowLimits.jitter, "The part of a delay that is random"),
        ],
        "patternProperties": notes,
        "additionalProperties": false,
    ]

    private static func integer(_ range: ClosedRange<Int>, _ about: String) -> JSON {
        [
            "type": "integer", "minimum": JSON(range.lowerBound),
            "maximum": JSON(range.upperBound), "description": JSON(about),
        ]
    }

    private static func integer(_ bounds: Bounds<Int>, _ about: String) -> JSON {
        integer(bounds.range, "\(about) (default \(bounds.usual))")
    }

    private static func bytes(_ bounds: Bounds<Int>, _ about: String) -> JSON {
        integer(bounds.range, "\(about) (default \(ByteCount.text(bounds.usual)))")
    }

    private static func number(_ bounds: Bounds<Double>, _ about: String) -> JSON {
        [
            "type": "number", "minimum": shortest(bounds.range.lowerBound),
            "maximum": shortest(bounds.range.upperBound),
            "description": JSON("\(about) (default \(shortest(bounds.usual).text))"),
        ]
    }

    /// A whole number without the point that a `Double` is shown with.
    private static func shortest(_ number: Double) -> JSON {
        Int(exactly: number).map { JSON($0) } ?? JSON(number) ?? .null
    }

    fileprivate static func object(_ members: (String, JSON)...) -> JSON { object(members) }

    // Nests as deep as settings do, far below the limit of a JSON value.
    fileprivate static func object(_ members: [(String, JSON)]) -> JSON {
        (try? JSON(object: members)) ?? .null
    }

    fileprivate static func list(_ elements: [JSON]) -> JSON {
        (try? JSON(array: elements)) ?? .null
    }
}

extension Schema {
    /// The schema of settings as they stand in a file: strings with variables may stand for anything
    /// but the settings as a whole.
    fileprivate var members: JSON { Schema.takingNotes(withVariables.json) }

    /// The same JSON Schema, with members that begin with `x-` wherever others are refused.
    private static func takingNotes(_ json: JSON) -> JSON {
        switch json.kind {
        case .array:
            return FlowSchema.list(json.elements.map { takingNotes($0) })
        case .object:
            var members = json.members.map { ($0.name, takingNotes($0.value)) }
            let isClosed = json["additionalProperties"] == JSON.false && json["type"] == "object"
            if isClosed { members.append(("patternProperties", FlowSchema.notes)) }
            return FlowSchema.object(members)
        default:
            return json
        }
    }

    private var withVariables: Schema {
        var schema = self
        schema.properties = properties.map { property in
            Property(property.name, property.schema.orVariable, isRequired: property.isRequired)
        }
        schema.otherMembers = otherMembers.map(\.orVariable)
        schema.patternProperties = patternProperties.map { .init($0.pattern, $0.schema.orVariable) }
        schema.prefixItems = prefixItems.map(\.orVariable)
        schema.items = items.map(\.orVariable)
        schema.anyOf = anyOf.map(\.withVariables)
        return schema
    }

    private var orVariable: Schema {
        guard self != .any, !isPlainString else { return self }
        var inner = withVariables
        var outer = Schema.any
        outer.about = about
        outer.defaultValue = defaultValue
        outer.example = example
        outer.isSecret = isSecret
        inner.about = ""
        inner.defaultValue = nil
        inner.example = nil
        inner.isSecret = false
        var variable = Schema(.string)
        variable.pattern = "[$]\\{"
        outer.anyOf = [inner, variable]
        return outer
    }

    /// Whether every string fits anyway.
    private var isPlainString: Bool {
        types.contains(.string) && enumeration == nil && pattern == nil && minimumLength == nil
            && maximumLength == nil && anyOf.isEmpty
    }
}
