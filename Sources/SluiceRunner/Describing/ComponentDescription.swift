import Sluice
import SluiceJSON

/// What people and programs read about a component.
struct ComponentDescription {
    private let component: ComponentType
    private let ports: Ports

    /// - Parameter settings: What the ports may depend on; nil for none, or the component's example
    ///   where it has to have some.
    ///
    /// Throws `Failure` with the path of the setting that does not fit.
    init(_ component: ComponentType, settings: JSON?) throws(Failure) {
        self.component = component
        if let settings {
            if let mismatch = component.settingsSchema.mismatches(settings).first {
                throw Failure("invalid_settings", "\(mismatch.pathText): \(mismatch.text)")
            }
            ports = try component.ports(settings: settings)
        } else if let plain = try? component.ports(settings: .emptyObject) {
            ports = plain
        } else {
            let example = (try? JSON(parsing: component.about.example)) ?? .emptyObject
            ports = try component.ports(settings: example)
        }
    }

    /// For people.
    func text(width: Int) -> String {
        let about = component.about
        var text = "\(about.name): \(about.summary)\n"
        if !about.discussion.isEmpty {
            text += "\n\(Paragraph.wrapped(about.discussion, width: min(width, 80)))\n"
        }
        if !component.settingsSchema.properties.isEmpty {
            var table = Table()
            SchemaText.addRows(of: component.settingsSchema, to: &table, indent: "  ")
            text += "\nSettings:\n\(table.text(width: width))"
        }
        text += ComponentDescription.text(
            of: "Inputs", ports.inputs.map { ($0.name, $0.about, $0.schema) }, width)
        var outputs = ports.outputs.map { ($0.name, $0.about, $0.schema) }
        if ports.hasErrorPort { outputs.append(("error", "What failed, and why", failure)) }
        text += ComponentDescription.text(of: "Outputs", outputs, width)
        text += ComponentDescription.examples(
            ports.inputs.map { ($0.name, $0.schema) } + outputs.map { ($0.0, $0.2) })
        text += "\nFailures of its own: \(failures)\n"
        text += "Effects: \(effects)\n"
        if ports.allowsConcurrency { text += "\nMay handle several messages at once.\n" }
        return text + "\nExample:\n  \(example.text)\n"
    }

    /// The codes of the component's own failures.
    private var failures: String {
        guard let codes = ports.failureCodes else { return "any" }
        return codes.isEmpty ? "none" : codes.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// What a message may do beyond what leaves by the outputs.
    private var effects: String {
        switch ports.effects {
        case .none: "none, what leaves follows from what came"
        case .files: "files, stores among them"
        case .outside: "outside of the run"
        }
    }

    /// What leaves by `error`.
    private var failure: Schema {
        var schema = Schema.any
        schema.example = ports.failureReport(of: component.about.name)
        return schema
    }

    /// A node that works as it stands.
    private var example: JSON {
        let settings = (try? JSON(parsing: component.about.example)) ?? .emptyObject
        var members = [("component", JSON(component.about.name))]
        if settings.count > 0 { members.append(("settings", settings)) }
        return (try? JSON(object: members)) ?? .emptyObject
    }

    static func text(
        of title: String, _ ports: [(String, String, Schema)], _ width: Int
    ) -> String {
        guard !ports.isEmpty else { return "" }
        var table = Table()
        for (name, about, schema) in ports {
            let kind =
                schema.types == .any && schema.anyOf.isEmpty ? "any" : SchemaText.kind(of: schema)
            table.add(["  \(name)", kind, about])
            SchemaText.addRows(of: schema, to: &table, indent: "    ")
        }
        return "\n\(title):\n\(table.text(width: width))"
    }

    /// A message for each port, as it may be.
    static func examples(_ ports: [(String, Schema)]) -> String {
        guard !ports.isEmpty else { return "" }
        var table = Table()
        for (name, schema) in ports { table.add(["  \(name)", schema.sample.text]) }
        return "\nMessages, for example:\n\(table.text)"
    }

    /// For programs, with JSON Schema (draft 2020-12) of settings and messages.
    func json() throws(JSONError) -> JSON {
        var facts = JSONBuilder()
        facts.beginObject()
        facts.member("schema", 1)
        facts.member("name", component.about.name)
        facts.member("summary", component.about.summary)
        facts.member("discussion", component.about.discussion)
        facts.member("settings", component.settingsSchema.json)
        facts.add("inputs", ports.inputs.map { ($0.name, $0.about, $0.schema) })
        facts.add("outputs", ports.outputs.map { ($0.name, $0.about, $0.schema) })
        facts.member("hasErrorPort", ports.hasErrorPort)
        facts.member("allowsConcurrency", ports.allowsConcurrency)
        facts.name("failureCodes")
        if let codes = ports.failureCodes {
            facts.beginArray()
            for code in codes { facts.append(code) }
            facts.endArray()
        } else {
            facts.append(JSON.null)
        }
        facts.member("effects", ports.effects.rawValue)
        facts.member("example", example)
        facts.endObject()
        return try facts.finish()
    }
}

extension JSONBuilder {
    /// Adds the member `name`: an array with an object for each port.
    mutating func add(_ name: String, _ ports: [(String, String, Schema)]) {
        self.name(name)
        beginArray()
        for (name, about, schema) in ports {
            beginObject()
            member("name", name)
            member("about", about)
            member("message", schema.json)
            member("example", schema.sample)
            endObject()
        }
        endArray()
    }
}
