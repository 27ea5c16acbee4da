import Testing

/// Names that are not UTF-8, which the system allows, are never taken for others.
@Suite struct NamesInBytes {
    private static let store = """
        { "nodes": { "s": { "component": "document_store",
                            "settings": { "path": "data", "collections": [{ "name": "c" }] } } },
          "inputs": { "in": "s.put" }, "outputs": { "out": "s.put_ok" } }
        """
    private static let put = #"{"collection":"c","key":"k","value":1}"# + "\n"

    @Test(arguments: [
        ["run", "plus.json", "--in", "say=in.jsonl", "--out"], ["check"], ["fmt"],
        ["store", "stats"],
    ])
    func anArgumentThatIsNotUTF8IsRefused(_ words: [String]) throws {
        let folder = Flows.folder(["in.jsonl": "{\"a\":1}\n"])
        let outcome = try Sluice().run(
            words, after: #"set -- "$@" $'said=o\xff'"#, in: folder)
        #expect(outcome.code == 2)
        #expect(
            outcome.errors
                == "sluice: argument \(words.count + 1), `said=o\u{FFFD}`, is not UTF-8, "
                + "which all names and texts have to be\n")
        #expect(folder.text(of: "o\u{FFFD}") == nil)
    }

    @Test func aFolderThatIsNotNamedInUTF8IsNoPlaceToStart() throws {
        let folder = Flows.folder()
        let outcome = try Sluice().run(
            ["check", "../plus.json"], after: #"mkdir $'d\xff'; cd $'d\xff'"#, in: folder)
        #expect(outcome.code == 2)
        #expect(outcome.errors.hasPrefix("sluice: the current folder has a path that is not UTF-8"))
    }

    @Test func aStoreBehindALinkToSuchANameLiesThere() throws {
        let folder = ScratchFolder(["store.json": Self.store, "in.jsonl": Self.put])
        let outcome = try Sluice().run(
            ["run", "store.json", "--in", "in=in.jsonl", "--data-dir", "link"],
            after: #"mkdir $'d\xff'; ln -s $'d\xff' link"#, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let found = try Sluice().run(["store", "get", "link/data", "c", "k"], in: folder)
        #expect(found.output == "1")
        #expect(folder.text(of: "d\u{FFFD}/data/CURRENT") == nil)
    }

    @Test func aLineOfVariablesThatIsNotUTF8IsNamed() throws {
        let folder = Flows.folder()
        let outcome = try Sluice().run(
            ["check", "plus.json", "--env", "v"], after: #"printf 'A=1\nB=\xff\n' > v"#, in: folder)
        #expect(outcome.code == 3)
        #expect(outcome.errors == "error: v:2: the line is not UTF-8\n")
    }

    @Test func aVariableOfTheEnvironmentThatIsNotUTF8IsNotSet() throws {
        let flow =
            #"{ "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "${P}" } } } }"#
        let folder = ScratchFolder(["f.json": flow])
        let outcome = try Sluice().run(
            ["check", "f.json"], after: #"export P=$'p\xff'"#, in: folder)
        #expect(outcome.code == 3)
        #expect(outcome.errors.contains("`P`"), "\(outcome.errors)")
    }
}
