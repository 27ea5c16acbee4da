import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// A component with a secret setting, which it shows wherever it can.
private enum Vault: Component {
    static let about = About("vault", "Keeps a password")
    struct Settings: Message {
        var password = ""
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("password", &password, .secret)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        guard settings.password != "refused-me" else {
            throw .invalid("refused-me is no password", at: "$.password")
        }
        let out = ports.output("out", JSON.self, about: "With \(settings.password)")
        let log = Lock<@Sendable (String) -> Void>({ _ in })
        ports.onStart { context in
            let write = context.console.log
            log.withLock { $0 = write }
        }
        ports.input("in", JSON.self) { message, turn in
            log.withLock(\.self)("using \(settings.password)")
            guard message["fail"] == nil else {
                throw Failure(
                    "refused", "no \(settings.password) here",
                    details: [
                        "sent": JSON(settings.password)
                    ])
            }
            try turn.emit(JSON(settings.password), on: out)
        }
    }
}

@Suite struct SecretsAreNeverShown {
    private static let secret = "hunter2-of-old"
    private static let parameters = """
        {"token": {"schema": {"type": "string", "writeOnly": true, "maxLength": 20}}}
        """

    private static func load(
        _ settings: String, parameters: String = parameters,
        texts: [String: String] = ["token": secret],
        variables: [String: String] = [:]
    ) -> LoadedFlow {
        var registry = ComponentRegistry.builtIn
        registry.add(Vault.self)
        var loader = FlowLoader(registry: registry, variables: { variables[$0] })
        loader.parameterTexts = texts
        let text = """
            {"parameters": \(parameters),
             "nodes": {"v": {"component": "vault", "settings": \(settings)}},
             "inputs": {"in": "v.in"}, "outputs": {"out": "v.out", "error": "v.error"}}
            """
        return loader.load(Array(text.utf8), path: "flow.json")
    }

    private static func shown(_ flow: LoadedFlow) -> String {
        flow.diagnostics.map { "\($0.rendered) \($0.message) \($0.lineText)" }.joined(
            separator: "\n")
    }

    @Test(arguments: [
        #"{"password": ["hunter2-of-old"]}"#, #"{"password": {"a": "hunter2-of-old"}}"#,
        #"{"passwort": "x", "password": "hunter2-of-old"}"#,
        #"{"password": "hunter2-of-old", "more": "hunter2-of-old"}"#, #"{"password": 12345678}"#,
    ])
    func inFindingsAboutSettings(settings: String) {
        let text = Self.shown(Self.load(settings))
        #expect(!text.isEmpty)
        #expect(!text.contains("hunter2") && !text.contains("12345678"), "\(text)")
    }

    @Test func inWhatAComponentSaysAgainstItsSettings() {
        let text = Self.shown(Self.load(#"{"password": "refused-me"}"#))
        #expect(text.contains("<secret> is no password"))
        #expect(!text.contains("refused-me"), "\(text)")
    }

    @Test(arguments: [
        #"{"token": {"schema": {"type": "integer", "writeOnly": true}, "default": "hunter2-of-old"}}"#,
        #"{"token": {"schema": {"type": "string", "writeOnly": true, "maxLength": 3}, "default": "hunter2-of-old"}}"#,
        #"{"token": {"schema": {"enum": ["a"], "writeOnly": true}, "default": "hunter2-of-old"}}"#,
    ])
    func inFindingsAboutDefaults(parameters: String) {
        let text = Self.shown(
            Self.load(#"{"password": "${token}"}"#, parameters: parameters, texts: [:]))
        #expect(!text.isEmpty)
        #expect(!text.contains("hunter2"), "\(text)")
    }

    @Test(arguments: [["token": "hunter2-of-old-much-too-long"], [:]])
    func inFindingsAboutValuesThatAreGiven(texts: [String: String]) {
        let loaded = Self.load(
            #"{"password": "${token}"}"#, texts: texts,
            variables: ["token": "hunter2-of-old-much-too-long"])
        #expect(!loaded.diagnostics.isEmpty)
        #expect(!Self.shown(loaded).contains("hunter2"), "\(Self.shown(loaded))")
    }

    @Test func aDefaultIsNoFact() {
        let loaded = Self.load(
            #"{"password": "${token}"}"#,
            parameters: #"{"token": {"schema": {"writeOnly": true}, "default": "hunter2-of-old"}}"#,
            texts: [:])
        #expect(loaded.facts?.parameters.first?.defaultValue == nil)
        #expect(loaded.facts?.parameters.first?.isRequired == false)
        #expect(loaded.secrets.redacted("the hunter2-of-old!") == "the <secret>!")
    }

    @Test func inFailuresAndLinesForPeople() throws {
        let loaded = Self.load(#"{"password": "${token}"}"#)
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let failure = try harness.send(["fail": true, "own": "hunter2-of-old"], to: "in").only(
            "error")
        #expect(failure["error"] == "no <secret> here")
        #expect(failure["details"]?["sent"] == "<secret>")
        #expect(harness.log == ["using <secret>"])
        // What was delivered, and what a node emits on purpose, is data.
        #expect(failure["message"]?["own"] == "hunter2-of-old")
        #expect(try harness.send([:], to: "in").only("out") == "hunter2-of-old")
    }

    @Test func inExpressionsThatFail() throws {
        let loaded = flow(
            "transform", #"{"map": "{{$.a + '${token}'}}"}"#, parameters: Self.parameters,
            texts: ["token": "O'Brien-and-sons"])
        let harness = try Harness(#require(loaded.plan))
        let failure = try harness.send(["a": 1], to: "in").only("error")
        #expect(failure["error"]?.string?.contains("'<secret>'") == true)
        #expect(failure["error"]?.string?.contains("Brien") == false)
    }

    @Test func inTraces() throws {
        let loaded = Self.load(#"{"password": "${token}"}"#)
        let seen = Lock<[JSON]>([])
        let scheduler = SeededScheduler(seed: 1)
        var options = RunOptions()
        options.scheduler = scheduler
        options.observers = [SeenMessages { messages in seen.withLock { $0 += messages } }]
        let run = FlowRun(try #require(loaded.plan), options: options)
        let feed = run.openFeed()
        scheduler.spawn {
            try? await run.start()
            await feed.send(
                [["a": ["x hunter2-of-old y", "hunter2"], "hunter2-of-old": 1]], to: "in")
            feed.close()
            _ = await run.wait()
        }
        scheduler.settle()
        let messages = seen.withLock { $0 }
        #expect(messages.first == ["a": ["x <secret> y", "hunter2"], "<secret>": 1])
        #expect(!messages.map(\.text).joined().contains("hunter2-of-old"))
    }

    @Test func shortOnesOnlyWholeOrInQuotes() {
        var secrets = Secrets()
        secrets.insert(["a", 42, "longer-one", true])
        #expect(
            secrets.redacted("`$.x == 'a'`: found \"a\"") == "`$.x == <secret>`: found <secret>")
        #expect(secrets.redacted("a banana of longer-ones, 42") == "a banana of <secret>s, 42")
        #expect(
            secrets.redacted(["a", "ab", 42, true, 421]) == [
                "<secret>", "ab", "<secret>", true, 421,
            ])
    }
}
