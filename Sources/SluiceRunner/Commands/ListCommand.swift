import Sluice
import SluiceJSON

extension Command {
    /// `sluice list`.
    static let list = Command(
        name: "list",
        summary: "List the components that flows can use",
        options: [.json],
        examples: ["\(.program) list", "\(.program) list --json"]
    ) { arguments, terminal in
        let components = arguments.program.components.all
        if arguments.has(.json) {
            var facts = JSONBuilder()
            facts.beginObject()
            facts.member("schema", 1)
            facts.name("components")
            facts.beginArray()
            for component in components {
                facts.beginObject()
                facts.member("name", component.about.name)
                facts.member("summary", component.about.summary)
                facts.endObject()
            }
            facts.endArray()
            facts.endObject()
            try terminal.write(json: "\(try facts.finish().pretty())\n")
        } else {
            var table = Table()
            for component in components {
                table.add([component.about.name, component.about.summary])
            }
            try terminal.print(.lines(table.text(width: terminal.textColumns)))
        }
        return .success
    }
}
