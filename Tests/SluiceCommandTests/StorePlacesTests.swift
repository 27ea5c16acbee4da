import Glibc
import Testing

/// No command of `store` writes into what it reads, nor into another store or backup.
@Suite struct KeepingStoresApart {
    /// A folder with the store `d`, its backup `b`, another store `o`, and links into `d`.
    private static func folder() throws -> ScratchFolder {
        let folder = try Stores.folder()
        try CommandCase(["store", "backup", "d", "b"], errors: ["backed up"]).check(in: folder)
        try CommandCase(["store", "put", "o", "c", "k", "1", "--create"]).check(in: folder)
        symlink("d", "\(folder.path)/link")
        symlink("d/00000001.seg", "\(folder.path)/file")
        symlink("d/new", "\(folder.path)/dangling")
        for name in ["00000001.seg", "MANIFEST"] {
            link("\(folder.path)/d/\(name)", "\(folder.path)/hard-\(name)")
        }
        return folder
    }

    @Test(arguments: [
        "export d --output d/00000001.seg", "export d --output d/new",
        "export d --output link/new", "export d --output file", "export d --output dangling",
        "export d --output b/00000001.seg", "export d --output o/../d/new",
        "export o --output b/x", "export d --output hard-00000001.seg",
        "export o --output hard-MANIFEST",
        "backup d d", "backup d link", "backup d d/b", "backup d link/b", "backup d dangling",
        "backup d o/b", "backup d b/b", "backup d .",
        "restore b b/sub", "restore b d/sub", "restore b link/sub", "restore b b",
        "repair d d/rep", "repair d link/rep/deeper", "repair d o/rep", "repair d d",
        "import d/sub in.jsonl", "import b/sub in.jsonl", "import d d/00000001.seg",
        "import d file",
        "put d/sub c k 1 --create", "put dangling/x c k 1 --create",
    ]) func whatWouldWriteIntoAStoreIsRefused(line: String) throws {
        let folder = try Self.folder()
        let before = try Self.content(of: folder)
        let outcome = try Sluice().run(
            ["store"] + line.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.code == 2 || line.contains("dangling/x"), "\(outcome.errors)")
        #expect(
            outcome.errors.firstMatch(of: /lies? in |itself|which is not there|is a file of/)
                != nil,
            "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(try Self.content(of: folder) == before)
    }

    /// A run and a test write no file of a store either.
    @Test(arguments: [
        "run pass.json --in in=in.jsonl --out out=d/00000001.seg",
        "run pass.json --in in=in.jsonl --out out=link/new",
        "run pass.json --in in=in.jsonl --trace d/MANIFEST",
        "run pass.json --in in=in.jsonl --out out=hard-00000001.seg",
        "run pass.json --in in=in.jsonl --trace hard-MANIFEST",
        "run writer.json --in in=in.jsonl", "run linked.json --in in=in.jsonl",
        "run store.json --in put=/dev/null --data-dir d",
        "run store.json --in put=/dev/null --data-dir b",
        "test --junit d/00000001.seg", "test --junit hard-00000001.seg",
    ]) func noFlowWritesAFileOfAStore(line: String) throws {
        let folder = try Self.folder()
        folder.write("{\"a\":1}\n", to: "in.jsonl")
        for (name, node) in [
            ("pass.json", #"{"component": "log"}"#),
            (
                "writer.json",
                #"{"component": "jsonl_writer", "settings": {"path": "d/00000001.seg"}}"#
            ),
            (
                "linked.json",
                #"{"component": "jsonl_writer", "settings": {"path": "hard-00000001.seg"}}"#
            ),
        ] {
            folder.write(
                #"{"name": "f", "nodes": {"n": \#(node)}, "edges": [], "inputs": {"in": "n.in"}, "#
                    + #""outputs": {"out": "n.out"}}"#, to: name)
        }
        folder.write(
            """
            { "nodes": { "s": { "component": "document_store", "settings":
                { "path": "sub", "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "s.put" } }
            """, to: "store.json")
        let before = try Self.content(of: folder)
        let outcome = try Sluice().run(line.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.code != 0, "\(outcome.errors)")
        #expect(
            outcome.errors.firstMatch(of: /lies in|is a file of/) != nil, "\(outcome.errors)")
        #expect(try Self.content(of: folder) == before)
    }

    /// The second backup of a small store has no file under the name of a segment.
    @Test(arguments: [
        "export d --output b/x", "export d --output b/sub/x", "put b/sub c k 1 --create",
        "import b/sub in.jsonl", "restore b b/sub", "repair d b/sub", "backup d b/sub",
    ]) func theSecondBackupIsOneToo(line: String) throws {
        let folder = try Self.folder()
        try CommandCase(["store", "put", "d", "turns", "k", "1"]).check(in: folder)
        try CommandCase(["store", "backup", "d", "b"], errors: ["backed up"]).check(in: folder)
        #expect(!folder.files.contains { $0.hasPrefix("b/") && $0.contains(".seg ") })
        let before = try Self.content(of: folder)
        let outcome = try Sluice().run(
            ["store"] + line.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains(/lies in .*b/), "\(outcome.errors)")
        #expect(try Self.content(of: folder) == before)
        try CommandCase(["store", "backup", "d", "b"], errors: ["backed up"]).check(in: folder)
    }

    /// What a backup, a restore or a repair leaves that was interrupted at its beginning.
    @Test(arguments: ["BACKUP.tmp", "BACKUP", "UNFINISHED", "00000001.run", "00000001.seg.2"])
    func whatHasBeenBegunIsOneToo(mark: String) throws {
        let folder = try Self.folder()
        folder.write(mark == "BACKUP" ? "sluice backup 1\n" : "", to: "new/\(mark)")
        try CommandCase(
            ["store", "export", "d", "--output", "new/x"], output: "",
            errors: ["new, which is a store or a backup"], code: 2
        ).check(in: folder)
    }

    /// Other things may have these names.
    @Test func aFolderOfBackupsIsNone() throws {
        let folder = try Self.folder()
        folder.write("", to: "BACKUP/something")
        folder.write("to do", to: "UNFINISHED")
        try CommandCase(
            ["store", "export", "d", "--output", "x"], errors: ["exported"]
        ).check(in: folder)
        try CommandCase(
            ["store", "backup", "d", "BACKUP/d"], errors: ["backed up"]
        ).check(in: folder)
    }

    @Test func standardOutputIsNoFileOfTheStore() throws {
        let folder = try Self.folder()
        folder.write(
            #"{"nodes": {"n": {"component": "log"}}, "inputs": {"in": "n.in"}}"#, to: "f.json")
        let before = try Self.content(of: folder)
        for file in ["d/00000001.seg", "file"] {
            let outcome = try Sluice(redirection: ">>\(file)").run(
                ["store", "export", "d"], in: folder)
            #expect(outcome.code == 2 && outcome.errors.contains("standard output is 00000001.seg"))
        }
        for file in ["d/00000001.seg", "file", "hard-MANIFEST"] {
            let outcome = try Sluice(redirection: "1<>\(file)").run(
                ["run", "f.json", "--in", "in=/dev/null"], in: folder)
            #expect(outcome.code == 2 && outcome.errors.contains("standard output"), "\(outcome)")
        }
        #expect(try Self.content(of: folder) == before)
    }

    /// The names and sizes of all files, and what the stores hold.
    private static func content(of folder: ScratchFolder) throws -> [String] {
        let exports = try ["d", "o"].map {
            try Sluice().run(["store", "export", $0], in: folder).output
        }
        return folder.files + exports
    }
}

@Suite struct NamingDanglingLinks {
    @Test(arguments: [
        "stats l", "get l c k", "put l c k 1", "put l c k 1 --create", "delete l c k", "find l c",
        "export l", "import l in.jsonl", "log l", "history l c k", "compact l", "drop l c --yes",
        "verify l", "backup l b", "backup d l", "restore l x", "repair l x", "repair d l",
        "stats l/sub",
    ]) func aLinkThatLeadsNowhereIsNamed(line: String) throws {
        let folder = try Stores.folder()
        symlink("gone", "\(folder.path)/l")
        try CommandCase(
            ["store"] + line.split(separator: " ").map(String.init), output: "",
            errors: ["l is a link to gone, which is not there"], code: 6
        ).check(in: folder)
        #expect(!folder.files.contains { $0.hasPrefix("gone") })
    }

    @Test(arguments: ["l", "l/sub"]) func aFlowNamesItToo(path: String) throws {
        let folder = ScratchFolder([
            "flow.json": """
            { "nodes": { "s": { "component": "document_store",
                                "settings": { "path": "\(path)", "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
            """
        ])
        mkdir("\(folder.path)/data", 0o700)
        symlink("gone", "\(folder.path)/data/l")
        try CommandCase(
            ["run", "flow.json", "--in", "put=-"],
            errors: ["/data/l is a link to gone, which is not there"], code: 6
        ).check(in: folder)
    }
}
