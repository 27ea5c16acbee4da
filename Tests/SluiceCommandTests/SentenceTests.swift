import SluiceJSON
import Testing

/// What people read of a value that does not fit a schema, and of a schema that is none.
@Suite struct SentencesAboutSchemas {
    @Test(arguments: [
        (
            #"{ "type": "object", "additionalProperties": false, "properties": { "a": { "type": "string" } } }"#,
            #"{"d": 1}"#,
            "the parameter `n` has an unknown member `d`: correct its name, or leave it out"
        ),
        (
            #"{ "type": "object", "properties": { "a": { "type": "string" } } }"#, #"{"a": 1}"#,
            "the parameter `n`, at `$.a`, must be a string, found 1"
        ),
        (#"{ "type": "object", "required": ["a"] }"#, "{}", "in the parameter `n`, `a` is missing"),
        (
            #"{ "type": "array", "uniqueItems": true }"#, "[1, 1.0]",
            "the parameter `n`, at `$[1]`, must differ from the element [0], found 1.0"
        ),
        (
            #"{ "oneOf": [{ "type": "integer" }, { "minimum": 2 }] }"#, "3",
            "the parameter `n` must fit just one of 2 alternatives, fits 2"
        ),
        (
            #"{ "type": "object", "properties": { "a": false } }"#, #"{"a": 1}"#,
            "the parameter `n`, at `$.a`, must be left out: its schema allows no value"
        ),
        (
            #"{ "type": "object", "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] }"#, "{}",
            "the parameter `n` needs `a` or `b`"
        ),
        (
            #"{ "type": "object", "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] }"#,
            #"{"a": 1, "b": 1}"#, "the parameter `n` takes `a` or `b`, not both"
        ),
        (
            #"{ "type": "object", "propertyNames": { "maxLength": 1 } }"#, #"{"ab": 1}"#,
            "in the parameter `n`, the name `ab` must have at most 1 character"
        ),
    ])
    func aWrongValueIsToldInASentence(schema: String, value: String, sentence: String) throws {
        let flow = """
            { "parameters": { "n": { "schema": \(schema) } },
              "nodes": { "t": { "component": "transform", "settings": { "map": { "n": "${n}" } } } },
              "inputs": { "x": "t.in" }, "outputs": { "y": "t.out" } }
            """
        let folder = ScratchFolder(["f.json": flow])
        let given = try Sluice().run(["check", "f.json", "--set", "n=\(value)"], in: folder)
        #expect(given.errors.contains(sentence), "\(given.errors)")
        let text = flow.replacing(#"{ "schema""#, with: #"{ "default": \#(value), "schema""#)
        folder.write(text, to: "d.json")
        let fallback = try Sluice().run(["check", "d.json"], in: folder)
        let own = sentence.replacing("the parameter", with: "the default of the parameter")
        #expect(fallback.errors.contains(own), "\(fallback.errors)")
    }

    @Test(arguments: [
        (#"{ "pattern": "(" }"#, "`pattern` is no I-Regexp (RFC 9485)"),
        (#"{ "properties": { "a": { "minLength": "x" } } }"#, "`minLength` must be"),
        (##"{ "$ref": "other.json" }"##, "`$ref` leads out of this schema"),
    ])
    func aBrokenSchemaIsToldInASentence(schema: String, sentence: String) throws {
        let flow = """
            { "parameters": { "n": { "schema": \(schema) } },
              "nodes": { "t": { "component": "transform", "settings": { "map": { "n": "${n}" } } } },
              "inputs": { "x": "t.in" }, "outputs": { "y": "t.out" } }
            """
        let found = try Sluice().run(["check", "f.json"], in: ScratchFolder(["f.json": flow]))
        #expect(found.errors.contains(sentence), "\(found.errors)")
    }
}
