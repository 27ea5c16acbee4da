public import Sluice
public import SluiceJSON

/// The JSON Schema (draft 2020-12) of test files for the components of a registry, with which editors
/// complete and check them.
///
/// What a test file needs beyond its shape, such as that its ports are there, only `test` sees.
public struct TestFileSchema: Sendable {
    private let registry: ComponentRegistry

    /// Creates the schema of test files for these components.
    public init(_ registry: ComponentRegistry) { self.registry = registry }

    private static let notes: JSON = ["^x-": true]
    private static let about: JSON = ["type": "string", "description": "What it is for"]

    /// The schema.
    public var json: JSON {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Sluice test file",
            "type": "object",
            "properties": [
                "$schema": ["type": "string"],
                "description": Self.about,
                "component": component,
                "settings": [
                    "type": "object", "description": "What the component is told",
                ],
                "flow": [
                    "type": "string", "minLength": 1,
                    "description": "A flow file, from the test file's folder",
                ],
                "parameters": [
                    "type": "object", "description": "The values of the flow's parameters",
                ],
                "variables": [
                    "type": "object", "additionalProperties": ["type": "string"],
                    "description": "What ${NAME} is in the flow, before the environment",
                ],
                "mocks": ["$ref": "#/$defs/mocks"],
                "files": ["$ref": "#/$defs/files"],
                "cases": [
                    "type": "array", "minItems": 1, "items": ["$ref": "#/$defs/case"],
                    "description": "What is tried, each from the start",
                ],
            ],
            "required": ["cases"],
            "oneOf": [["required": ["component"]], ["required": ["flow"]]],
            "dependentSchemas": [
                "component": [
                    "properties": ["parameters": false, "mocks": false],
                    "allOf": Self.list(registry.all.map { Self.settings(of: $0) }),
                ],
                "flow": ["properties": ["settings": false]],
            ],
            "patternProperties": Self.notes,
            "additionalProperties": false,
            "$defs": [
                "case": Self.testCase, "step": Self.step, "messages": Self.messages,
                "mocks": Self.mocks, "files": Self.files, "expectedFiles": Self.expectedFiles,
            ],
        ]
    }

    private var component: JSON {
        [
            "description": "The name of the component that is tested",
            "anyOf": Self.list(
                registry.all.map { type in
                    [
                        "const": JSON(type.about.name), "description": JSON(type.about.summary),
                    ]
                }),
        ]
    }

    /// What the settings have to be if this component is tested.
    private static func settings(of type: ComponentType) -> JSON {
        let needsSettings = type.settingsSchema.properties.contains(where: \.isRequired)
        return [
            "if": ["properties": ["component": ["const": JSON(type.about.name)]]],
            "then": [
                "properties": ["settings": type.settingsSchema.json],
                "required": needsSettings ? ["settings"] : [],
            ],
        ]
    }

    private static let testCase: JSON = [
        "type": "object",
        "properties": [
            "name": ["type": "string", "description": "What the case shows; each name once"],
            "description": about,
            "mocks": ["$ref": "#/$defs/mocks"],
            "files": ["$ref": "#/$defs/files"],
            "steps": ["type": "array", "minItems": 1, "items": ["$ref": "#/$defs/step"]],
            "expectFiles": ["$ref": "#/$defs/expectedFiles"],
        ],
        "required": ["name", "steps"],
        "patternProperties": notes,
        "additionalProperties": false,
    ]

    private static let step: JSON = [
        "type": "object",
        "properties": [
            "description": about,
            "send": [
                "$ref": "#/$defs/messages",
                "description": "Messages for input ports; an array is a list of messages",
            ],
            "advance": [
                "type": "string",
                "pattern": "^[+]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ms|s|m|h|d|w))+)$",
                "description": "Then lets time pass: 500ms, 2s, 5m, 1h30m",
            ],
            "end": ["type": "boolean", "description": "Then ends the inputs"],
            "expect": [
                "$ref": "#/$defs/messages",
                "description": "All that has come out by then; an array is a list of messages",
            ],
            "expectFiles": ["$ref": "#/$defs/expectedFiles"],
        ],
        "patternProperties": notes,
        "additionalProperties": false,
    ]

    private static let messages: JSON = ["type": "object", "description": "{PORT: messages}"]

    private static let mocks: JSON = [
        "type": "object", "description": "{NODE: {PORT: [{match, emit}]}}",
        "additionalProperties": [
            "type": "object",
            "additionalProperties": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "match": ["description": "What the message has to be; every message else"],
                        "description": about,
                        "emit": [
                            "$ref": "#/$defs/messages", "description": "What leaves by which ports",
                        ],
                    ],
                    "required": ["emit"],
                    "patternProperties": notes,
                    "additionalProperties": false,
                ],
            ],
        ],
    ]

    private static let files: JSON = [
        "type": "object", "additionalProperties": ["type": "string"],
        "description":
            "{NAME: FIXTURE}: files that are copied to where the flow finds them by NAME",
    ]

    private static let expectedFiles: JSON = [
        "type": "object",
        "description":
            "{NAME: contents}: a text, predicates of it, or a list of messages, a line each",
    ]

    // Nests as deep as settings do, far below the limit of a JSON value.
    private static func list(_ elements: [JSON]) -> JSON { (try? JSON(array: elements)) ?? .null }
}
