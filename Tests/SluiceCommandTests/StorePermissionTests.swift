import Glibc
import Testing

/// Everything that `store` and flows make is its owner's alone, whatever the mask says.
@Suite struct PermissionsOfStores {
    private static let flow = """
        { "nodes": { "s": { "component": "document_store",
                            "settings": { "path": "e/f", "collections": [{ "name": "c" }] } } },
          "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
        """

    @Test(arguments: ["umask 0", "umask 077", "umask 0377"])
    func whatIsMadeIsItsOwnersAlone(mask: String) throws {
        let folder = ScratchFolder([
            "in/lines": Stores.lines, "in/flow.json": Self.flow,
            "in/messages": #"{"collection":"c","key":"k","value":1}"#,
        ])
        for line in [
            "store import a/d in/lines", "store put d c k 1 --create --keep-revisions 9",
            "store put a/d turns k 2", "store compact a/d", "store backup a/d b/b",
            "store put a/d turns k 3", "store backup a/d b/b", "store restore b/b r/r",
            "store repair a/d p/p", "store export a/d --output x.jsonl", "store get r/r turns k",
            "run in/flow.json --in put=in/messages --data-dir g",
        ] {
            let words = line.split(separator: " ").map(String.init)
            let outcome = try Sluice().run(words, after: mask, in: folder)
            #expect(outcome.code == 0, "\(line): \(outcome.errors)")
        }
        let paths = folder.files.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        var modes: [String: mode_t] = [:]
        for path in paths + ["d/LOCK", "a/d/LOCK", "r/r/LOCK"] where !path.hasPrefix("in/") {
            var status = stat()
            if stat("\(folder.path)/\(path)", &status) == 0 {
                modes[path] = status.st_mode & 0o7777
            }
        }
        #expect(modes.count > 30, "\(modes.keys.sorted())")
        for (path, mode) in modes {
            #expect(mode == (path.hasSuffix("/") ? 0o700 : 0o600), "\(path)")
        }
    }
}
