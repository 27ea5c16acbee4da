import Sluice
import SluiceComponents
import SluiceJSON

extension Command {
    /// `sluice schema`.
    static let schema = Command(
        name: "schema",
        summary: "Print the JSON Schema of flow files",
        discussion: """
            With it editors complete and check flow files: save it and name it in a flow's `$schema`.
            It has the settings of every component; `sluice check` sees more.
            """,
        examples: ["sluice schema > flow.schema.json"]
    ) { _, terminal in
        try terminal.write(json: "\(FlowSchema(.builtIn).json.pretty())\n")
        return .success
    }
}
