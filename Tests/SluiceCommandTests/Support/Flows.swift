/// Flow files that several tests run.
enum Flows {
    /// Adds one, and fails for what is no number.
    static let plus = """
        { "nodes": { "t": { "component": "transform",
                            "settings": { "map": { "b": "{{$.a + 1}}" } } } },
          "inputs": { "say": "t.in" }, "outputs": { "said": "t.out" } }
        """

    /// A folder with `plus.json`, the same with `onError: log` as `logged.json`, and more.
    static func folder(_ files: [String: String] = [:]) -> ScratchFolder {
        let folder = ScratchFolder(files)
        folder.write(plus, to: "plus.json")
        folder.write("{ \"onError\": \"log\", \(plus.dropFirst())", to: "logged.json")
        return folder
    }
}
