import Sluice
import SluiceJSON
import SluiceSystem

/// What people and programs read about a flow.
struct FlowDescription {
    let facts: FlowFacts

    /// For people.
    func text(width: Int) -> String {
        var text = Printable.line(facts.name)
        if !facts.about.isEmpty { text += ": \(Printable.line(facts.about))" }
        text += "\n"
        if !facts.parameters.isEmpty {
            var table = Table()
            for parameter in facts.parameters {
                var schema = parameter.schema
                schema.defaultValue = parameter.defaultValue
                let rules = SchemaText.rules(of: schema, isRequired: parameter.isRequired)
                let kind = [SchemaText.kind(of: schema)] + rules
                table.add(["  \(parameter.name)", kind.joined(separator: ", "), parameter.about])
            }
            text += "\nParameters:\n\(table.text(width: width))"
        }
        text += ComponentDescription.text(
            of: "Inputs", facts.inputs.map(FlowDescription.row), width)
        text += ComponentDescription.text(
            of: "Outputs", facts.outputs.map(FlowDescription.row), width)
        text += ComponentDescription.examples(
            (facts.inputs + facts.outputs).map { ($0.name, $0.schema) })
        var table = Table()
        for node in facts.nodes { table.add(["  \(node.name)", node.component, node.about]) }
        return text + "\nNodes:\n\(table.text(width: width))"
    }

    private static func row(_ port: FlowFacts.Port) -> (String, String, Schema) {
        let about = port.about.isEmpty ? "" : ": \(port.about)"
        return (port.name, "`\(port.place)`\(about)", port.schema)
    }

    /// For programs, with JSON Schema (draft 2020-12) of parameters and messages.
    func json() throws(JSONError) -> JSON {
        var json = JSONBuilder()
        json.beginObject()
        json.member("schema", 1)
        json.member("name", facts.name)
        json.member("description", facts.about)
        json.name("parameters")
        json.beginArray()
        for parameter in facts.parameters {
            json.beginObject()
            json.member("name", parameter.name)
            json.member("description", parameter.about)
            json.member("required", parameter.isRequired)
            json.member("value", parameter.schema.json)
            if let value = parameter.defaultValue { json.member("default", value) }
            json.endObject()
        }
        json.endArray()
        json.add("inputs", facts.inputs.map { ($0.name, $0.about, $0.schema) })
        json.add("outputs", facts.outputs.map { ($0.name, $0.about, $0.schema) })
        json.name("nodes")
        json.beginArray()
        for node in facts.nodes {
            json.beginObject()
            json.member("name", node.name)
            json.member("component", node.component)
            json.member("description", node.about)
            json.endObject()
        }
        json.endArray()
        json.member("edges", facts.edgeCount)
        json.endObject()
        return try json.finish()
    }
}
