import Sluice
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
            It has the settings of every component; `\(.program) check` and `\(.program) test` see more.
            """,
        options: [ofTests],
        examples: [
            "\(.program) schema > flow.schema.json", "\(.program) schema --test > test.schema.json",
        ]
    ) { arguments, terminal in
        let components = arguments.program.components
        let schema =
            arguments.has(ofTests) ? TestFileSchema(components).json : FlowSchema(components).json
        try terminal.write(json: "\(schema.pretty())\n")
        return .success
    }
}
