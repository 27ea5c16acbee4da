import Testing

@Suite struct EvaluatingTemplates {
    @Test(arguments: [
        CommandCase(
            ["eval", "{{$.a + 1}}", "--message", #"{"a":41}"#], output: "42\n"),
        CommandCase(
            ["eval", "Hello {{$.name}}!"], input: "{\"name\":\"Ada\"}\r\n\n{\"name\":\"Bo\"}",
            output: "\"Hello Ada!\"\n\"Hello Bo!\"\n"),
        CommandCase(["eval", "{{$}}"], input: "\u{FEFF}{\"n\": 1.10}\n", output: "{\"n\":1.10}\n"),
        CommandCase(["eval", "{{$}}"], output: ""),
        CommandCase(
            ["eval", "{{$.a}}"], input: "{\"a\":1}\n{}\n{\"a\":2}\n", output: "1\n2\n",
            errors: ["standard input:2: error: `$.a`"], code: 1),
        CommandCase(
            ["eval", "{{$.a}}"], input: "{\"a\":1}\n{\"a\":\n", output: "1\n",
            errors: ["standard input:2:6: error:"], code: 1),
        CommandCase(
            ["eval", "x {{upprr($.a)}}"], output: "",
            errors: ["\n  x {{upprr($.a)}}\n      ^^^^^", "upper"], code: 3),
        CommandCase(
            [
                "eval", #"{"n": {"k": "{{2}}"}, "l": ["x{{$.a}}", "{{'{{'}}"]}"#, "--message",
                #"{"a": 1}"#,
            ],
            output: "{\"n\":{\"k\":2},\"l\":[\"x1\",\"{{\"]}\n"),
        CommandCase(
            ["eval", #" ["{{$.a}}", 1.10]"#, "--message", #"{"a": 1}"#], output: "[1,1.10]\n"),
        CommandCase(["eval", "{{$.a}}]", "--message", #"{"a": 1}"#], output: "\"1]\"\n"),
        CommandCase(["eval", "[{{$.a}}]", "--message", #"{"a": 1}"#], output: "\"[1]\"\n"),
        CommandCase(
            ["eval", #""{{$.a}}""#, "--message", #"{"a": 1}"#], output: #""\"1\"""# + "\n"),
        CommandCase(
            ["eval", #"{"a": ["{{upprr($.b)}}"]}"#], output: "",
            errors: ["$.a[0]: there is no function `upprr`", "\n  {{upprr($.b)}}\n    ^^^^^"],
            code: 3),
        CommandCase(
            ["eval", "{{1}}", "-f", "map.json"], errors: ["a template is given, and --file"],
            code: 2),
        CommandCase(["eval", "-f", "absent.json"], errors: ["absent.json"], code: 6),
        CommandCase(
            ["eval", "{{1}}", "--message", "{"], errors: ["--message is no JSON"], code: 2),
    ])
    func eval(_ command: CommandCase) throws { try command.check() }

    @Test(arguments: ["-f", "--file"]) func evalReadsTemplatesFromFiles(_ option: String) throws {
        let folder = ScratchFolder([
            "map.json": "{\n  \"id\": \"{{$.a}}/x\"\n}\n", "text": "Hello {{$.a}}!\n",
        ])
        try CommandCase(
            ["eval", option, "map.json", "--message", #"{"a": 1}"#], output: "{\"id\":\"1/x\"}\n"
        ).check(in: folder)
        try CommandCase(
            ["eval", option, "text", "--message", #"{"a": 1}"#], output: "\"Hello 1!\"\n"
        ).check(in: folder)
    }
}

@Suite struct ReadingCommandLines {
    @Test(arguments: [
        CommandCase([], errors: ["Usage: sluice COMMAND"], code: 2),
        CommandCase(["--version"], output: "sluice 0.1.0\n"),
        CommandCase(["evla"], errors: ["no command `evla`", "did you mean `eval`?"], code: 2),
        CommandCase(["--jsn"], errors: ["no option --jsn"], code: 2),
        CommandCase(["eval"], errors: ["TEMPLATE is missing", "sluice eval --help"], code: 2),
        CommandCase(["eval", "a", "b"], errors: ["`b` is one argument too many"], code: 2),
        CommandCase(["list", "--jsn"], errors: ["did you mean `--json`?"], code: 2),
        CommandCase(["list", "--json=1"], errors: ["--json takes no value"], code: 2),
        CommandCase(["eval", "a", "--message"], errors: ["--message needs a value"], code: 2),
        CommandCase(
            ["eval", "a", "--message=1", "--message", "2"], errors: ["given twice"], code: 2),
        CommandCase(["eval", "--message=1", "--", "--json"], output: "\"--json\"\n"),
        CommandCase(["help", "nope"], errors: ["no command `nope`"], code: 2),
    ])
    func commandLine(_ command: CommandCase) throws { try command.check() }

    @Test func helpExplainsACommandWithAnExample() throws {
        for arguments in [["help", "eval"], ["eval", "--help"], ["eval", "-h", "--nonsense"]] {
            let outcome = try Sluice().run(arguments)
            #expect(outcome.output.contains("Usage: sluice eval [OPTIONS] [TEMPLATE]"))
            #expect(outcome.output.contains("--message JSON"))
            #expect(outcome.output.contains("sluice eval '{{$.a + 1}}'"))
            #expect(outcome.code == 0)
        }
    }

    @Test func helpNamesEveryCommand() throws {
        let overview = try Sluice().run(["--help"])
        #expect(overview.output.contains("\n  list "))
        #expect(overview.code == 0)
    }
}
