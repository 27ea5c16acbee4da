import SluiceJSON

/// The settings of a store that one opening gives it.
struct StoreSettings: Sendable {
    var memoryMB = 64
    var maxSizeMB = 1024
    var keepRevisions = 0
    var keepHours = 0
    /// JSON text: `"always"`, `"never"` or `{"everyMs": n}`.
    var sync = "\"never\""
    /// JSON text of where changes begin; none leaves the port unconnected.
    var changesFrom: String?

    /// What a report shows.
    var shown: String {
        "memoryMB \(memoryMB), maxSizeMB \(maxSizeMB), keepRevisions \(keepRevisions), "
            + "keepHours \(keepHours), sync \(sync)"
            + (changesFrom.map { ", changesFrom \($0)" } ?? "")
    }

    /// The options that tell commands what the flow keeps.
    var keepOptions: [String] {
        ["--keep-revisions", String(keepRevisions), "--keep-hours", String(keepHours)]
    }

    /// A flow with one input, `ops`, of `{"p": PORT, "m": MESSAGE}`, and every output of the store.
    func flow(collections: [String]) -> [UInt8] {
        let ports = ["put", "delete", "update", "write", "get", "find"]
        let routes = ports.map { "{\"name\":\"\($0)\",\"when\":\"$.p == '\($0)'\"}" }
        let edges = ports.map { "{\"from\":\"in.\($0)\",\"to\":\"s.\($0)\",\"map\":\"{{$.m}}\"}" }
        let names = collections.map { "{\"name\":\(JSON($0).text)}" }
        var outputs = [
            "\"p\":\"s.put_ok\"", "\"d\":\"s.delete_ok\"", "\"u\":\"s.update_ok\"",
            "\"w\":\"s.write_ok\"", "\"g\":\"s.get_ok\"", "\"f\":\"s.find_ok\"",
            "\"e\":\"s.error\"",
        ]
        if changesFrom != nil { outputs.append("\"c\":\"s.change\"") }
        let text = """
            {"name":"stress","nodes":{
            "in":{"component":"router","settings":{"routes":[\(routes.joined(separator: ","))]}},
            "s":{"component":"document_store","settings":{"path":"s",
            "collections":[\(names.joined(separator: ","))],
            "memoryMB":\(memoryMB),"maxSizeMB":\(maxSizeMB),"keepRevisions":\(keepRevisions),
            "keepHours":\(keepHours),"sync":\(sync),"changesFrom":\(changesFrom ?? "\"now\"")}}},
            "edges":[\(edges.joined(separator: ",\n"))],
            "inputs":{"ops":"in.in"},
            "outputs":{\(outputs.joined(separator: ","))}}

            """
        return Array(text.utf8)
    }
}
