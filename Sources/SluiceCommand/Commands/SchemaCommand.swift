import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting

extension Command {
    private static let ofTests = Option.flag("test", "Print the one of test files")

    /// `sluice schema`.
    static let schema = Command(
        name: "schema",
        summary: "Print the JSON Schema of flow files, or of test files",
        discussion: """
            With it editors complete and check the files: save it and name it in a file's `$schema`.
            It has the settings of every component; `sluice check` and `sluice test` see more.
            """,
        options: [ofTests],
        examples: [
            "sluice schema > flow.schema.json", "sluice schema --test > test.schema.json",
        ]
    ) { arguments, terminal in
        let schema =
            arguments.has(ofTests) ? TestFileSchema(.builtIn).json : FlowSchema(.builtIn).json
        try terminal.write(json: "\(schema.pretty())\n")
        return .success
    }
}
