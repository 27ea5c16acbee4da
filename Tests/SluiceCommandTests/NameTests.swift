import Testing

/// Names on the command line are their bytes, and `=` is found whatever follows it.
@Suite struct NamesOnTheCommandLine {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"

    @Test func outputsGoToTwoFilesThatLookTheSame() throws {
        let folder = ScratchFolder([
            "f.json": """
            { "nodes": { "t": { "component": "transform", "settings": { "map": "{{$ + 1}}" } },
                         "u": { "component": "transform", "settings": { "map": "{{$ + 2}}" } } },
              "inputs": { "a": "t.in", "b": "u.in" }, "outputs": { "c": "t.out", "d": "u.out" } }
            """,
            "in": "1\n",
        ])
        try CommandCase(
            [
                "run", "f.json", "--in", "a=in", "--in", "b=in", "--out", "c=\(Self.composed)",
                "--out", "d=\(Self.decomposed)",
            ], output: ""
        ).check(in: folder)
        #expect(folder.text(of: Self.composed) == "2\n")
        #expect(folder.text(of: Self.decomposed) == "3\n")
    }

    @Test func aFileMayBeginWithAnAccent() throws {
        let folder = Flows.folder(["\u{301}in": #"{"a":1}"#])
        try CommandCase(
            ["run", "plus.json", "--in=say=\u{301}in", "--out", "said=\u{301}out"], output: ""
        ).check(in: folder)
        #expect(folder.text(of: "\u{301}out") == "{\"b\":2}\n")
    }

    @Test(arguments: ["--set=t.map.b=\u{301}x", "--set=t.map=\"\u{301}x\""])
    func aSettingMayBeginWithAnAccent(option: String) throws {
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", option], input: "{}", in: Flows.folder())
        #expect(outcome.code == 0)
        #expect(outcome.output.unicodeScalars.contains("\u{301}"))
    }

    @Test func aSettingReplacesTheMemberOfItsSpellingAlone() throws {
        let folder = ScratchFolder([
            "f.json": """
            { "nodes": { "t": { "component": "transform",
                "settings": { "map": { "\(Self.composed)": 1, "\(Self.decomposed)": 2 } } } },
              "inputs": { "a": "t.in" }, "outputs": { "b": "t.out" } }
            """
        ])
        let outcome = try Sluice().run(
            [
                "run", "f.json", "--in", "a=-", "--out", "b=-", "--set",
                "t.map.\(Self.decomposed)=3",
            ], input: "0", in: folder)
        let wanted = "{\"\(Self.composed)\":1,\"\(Self.decomposed)\":3}\n"
        #expect(outcome.output.utf8.elementsEqual(wanted.utf8))
    }

    @Test func anImportMakesBothCollections() throws {
        let folder = ScratchFolder()
        let lines = [Self.composed, Self.decomposed].map {
            #"{"collection":"\#($0)","key":"k","value":"\#($0)"}"# + "\n"
        }
        try CommandCase(
            ["store", "import", "d"], input: lines.joined(), output: "",
            errors: ["imported 2 records"]
        ).check(in: folder)
        for name in [Self.composed, Self.decomposed] {
            let log = try Sluice().run(
                ["store", "log", "d", "--collection", name, "--json"], in: folder)
            #expect(log.output.split(separator: "\n").count == 1)
            #expect(log.output.utf8.count > 0)
        }
    }
}
