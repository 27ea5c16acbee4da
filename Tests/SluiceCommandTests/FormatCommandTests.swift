import Testing

@Suite struct FormatCommandTests {
    private static let good = """
        {
          "name": "a",
          "nodes": {
            "a": { "component": "count" }
          }
        }

        """
    private static let rough = #"{"nodes":{"a":{"component":"count"}},"name":"a"}"#

    @Test func filesAreChangedInPlace() throws {
        let folder = ScratchFolder(["a.json": Self.rough, "b.json": Self.good])
        try CommandCase(["fmt", "a.json", "b.json"], output: "a.json\n").check(in: folder)
        #expect(folder.text(of: "a.json") == Self.good)
        try CommandCase(["fmt", "a.json", "b.json"], output: "").check(in: folder)
    }

    @Test func checkingListsWhatDiffers() throws {
        let folder = ScratchFolder(["a.json": Self.rough, "b.json": Self.good])
        try CommandCase(["fmt", "--check", "b.json", "a.json"], output: "a.json\n", code: 1)
            .check(in: folder)
        #expect(folder.text(of: "a.json") == Self.rough)
        try CommandCase(["fmt", "--check", "b.json"], output: "").check(in: folder)
        try CommandCase(
            ["fmt", "--check", "--json", "a.json"],
            output: "{\n  \"schema\": 1,\n  \"changed\": [\n    \"a.json\"\n  ]\n}\n", code: 1
        ).check(in: folder)
    }

    @Test func whatIsNoJSONIsLeftAlone() throws {
        let folder = ScratchFolder(["a.json": "{\"a\": }", "b.json": Self.rough])
        try CommandCase(
            ["fmt", "a.json", "b.json"], output: "b.json\n", errors: ["a.json:1:7: error:"], code: 3
        ).check(in: folder)
        #expect(folder.text(of: "a.json") == "{\"a\": }")
        try CommandCase(["fmt", "none.json"], errors: ["none.json"], code: 6).check(in: folder)
        try CommandCase(["fmt"], errors: ["FILE is missing"], code: 2).check(in: folder)
    }

    @Test func standardInputIsFormattedOntoStandardOutput() throws {
        try CommandCase(["fmt", "-"], input: Self.rough, output: Self.good).check()
        try CommandCase(["fmt", "--check", "-"], input: Self.rough, output: "-\n", code: 1).check()
    }
}
