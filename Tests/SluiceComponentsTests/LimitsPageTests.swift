import Sluice
import SluiceComponents
import SluiceJSON
import SluiceLogStore
import SluiceTesting
import Testing

/// What Docs/limits.md says: one row for each limit and default, made of the constants.
private enum LimitsPage {
    /// A number as documents write it.
    static func text(_ number: Int) -> String {
        var digits = String(number)[...]
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = digits.dropLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    static func bytes(_ count: Int) -> String { ByteCount.text(count) }

    private static func row(_ what: String, _ range: ClosedRange<Int>, _ usual: String) -> String {
        "| \(what) | \(text(range.lowerBound)) | \(text(range.upperBound)) | \(usual) |"
    }

    private static func row(_ what: String, _ bounds: Bounds<Int>) -> String {
        row(what, bounds.range, text(bounds.usual))
    }

    private static func row(ofBytes what: String, _ bounds: Bounds<Int>) -> String {
        "| \(what) | \(text(bounds.range.lowerBound)) | \(bytes(bounds.range.upperBound)) "
            + "| \(bytes(bounds.usual)) |"
    }

    private static func row(_ what: String, _ bounds: Bounds<Double>) -> String {
        func short(_ number: Double) -> String {
            Int(exactly: number).map { text($0) } ?? "\(number)"
        }
        return "| \(what) | \(short(bounds.range.lowerBound)) | \(short(bounds.range.upperBound)) "
            + "| \(short(bounds.usual)) |"
    }

    static let settings: [String] = [
        row("`concurrency` of a node", FlowLimits.concurrency),
        row("`timeoutMs` of a node", FlowLimits.timeoutMilliseconds, "none"),
        row("`capacity` of an edge", FlowLimits.capacity),
        row(ofBytes: "`capacityBytes` of an edge", FlowLimits.capacityBytes),
        row("`maximumMessages` of a feedback edge", FlowLimits.feedbackMessages),
        row(ofBytes: "`maximumBytes` of a feedback edge", FlowLimits.feedbackBytes),
        row("`maxAttempts` of `retry`", FlowLimits.attempts),
        row("`initialDelayMs` of `retry`", FlowLimits.initialDelay),
        row("`maxDelayMs` of `retry`", FlowLimits.maximumDelay),
        row("`factor` of `retry`", FlowLimits.delayFactor),
        row("`jitter` of `retry`", FlowLimits.jitter),
        row(ofBytes: "`maxLineBytes` of `jsonl_reader`", ComponentLimits.lineBytes),
        row(ofBytes: "`maxRowBytes` of `csv_reader`", ComponentLimits.lineBytes),
        row("names in `columns` of `csv_reader`", ComponentLimits.columns, "none"),
        row("names in `inputs` of `join`", ComponentLimits.joinedInputs, "none"),
        row("`maximumPending` of `join`", ComponentLimits.pendingMessages),
        row(ofBytes: "`maximumPendingBytes` of `join`", ComponentLimits.pendingBytes),
        row("`count` of `collect`", ComponentLimits.collectedMessages, "none"),
        row(ofBytes: "`maximumBytes` of `collect`", ComponentLimits.collectedBytes),
        row(
            "`everyMs` of `collect` and `ticker`", 1...ComponentLimits.longestMilliseconds, "none"),
        row("`milliseconds` of `delay`", 0...ComponentLimits.longestMilliseconds, "none"),
    ]

    static let others: [String] = [
        ("a flow file, a test file, a file of variables", bytes(FlowLimits.fileBytes)),
        ("a line of messages (`--in`, `--messages`, `eval`)", bytes(FlowLimits.lineBytes)),
        ("what is shown of a line or row that fails", "\(text(FlowLimits.shownBytes)) bytes"),
        ("the name of a node, a port, a parameter", "\(FlowLimits.nameBytes) bytes"),
        ("`advance` of a step of a test", "\(TestLimits.advanceDays) days"),
        ("a file that a test is given or looks at", bytes(TestLimits.fileBytes)),
        ("depth of sub-flows in each other", text(FlowLimits.subflowDepth)),
        ("depth of defaults of variables in each other", text(FlowLimits.defaultDepth)),
        ("depth of schemas in each other", text(FlowLimits.schemaDepth)),
        ("rounds of a message in a cycle", text(FlowLimits.rounds)),
        (
            "a value that a component remembers (`StartContext.state`)",
            "\(text(FlowLimits.stateBytes)) bytes"
        ),
        ("depth of a JSON text that is read", text(JSONLimits.textDepth)),
        ("depth of a value that a flow makes or stores", text(JSONLimits.valueDepth)),
        ("the text of a JSON document", bytes(JSONLimits.textBytes)),
        ("an expression", "\(text(MappingLimits.expressionBytes)) bytes"),
        ("depth of an expression", text(MappingLimits.nesting)),
        ("steps of an expression", text(MappingLimits.steps)),
        ("values that a segment of a path selects", text(MappingLimits.nodes)),
        ("text that a function makes", bytes(MappingLimits.resultBytes)),
        ("text that `+` or an interpolation makes", bytes(MappingLimits.textBytes)),
        ("memory of the value of a template", bytes(MappingLimits.valueBytes)),
        ("states of a regular expression", text(IRegexp.maximumStates)),
        ("a key of a store", bytes(LogStore.maximumKeyBytes)),
        ("a value in a store", bytes(LogStore.maximumValueBytes)),
    ].map { "| \($0) | \($1) |" }

    static let rows =
        ["| setting | least | most | default |", "|---|---|---|---|"] + settings
        + ["| what | most |", "|---|---|"] + others
}

/// The numbers in the documents are those of the program.
@Suite struct LimitsPageTests {
    @Test func thePageHasARowForEachLimit() {
        let lines = DocumentationPage("limits.md").text.split(separator: "\n").map(String.init)
        let found = lines.filter { $0.hasPrefix("|") }
        #expect(found == LimitsPage.rows, "\(LimitsPage.rows.joined(separator: "\n"))")
    }

    /// What another document says of a limit.
    private struct Phrase: Sendable, CustomTestStringConvertible {
        let page: String
        let text: String
        var testDescription: String { "\(page): \(text)" }

        init(_ page: String, _ text: String) {
            self.page = page
            self.text = text
        }
    }

    private static let phrases: [Phrase] = {
        let text = LimitsPage.text
        let bytes = LimitsPage.bytes
        return [
            Phrase(
                "../README.md",
                "at most \(text(FlowLimits.capacity.usual)) messages and "
                    + bytes(FlowLimits.capacityBytes.usual)),
            Phrase(
                "../README.md", "`maximumPending` (\(text(ComponentLimits.pendingMessages.usual)))"),
            Phrase(
                "../README.md",
                "JSON text nests at most \(JSONLimits.textDepth) deep, a value that a flow makes "
                    + "or stores \(JSONLimits.valueDepth)"),
            Phrase(
                "../README.md",
                "A document has at most \(bytes(JSONLimits.textBytes)), a line of input "
                    + bytes(FlowLimits.lineBytes)),
            Phrase(
                "../README.md",
                "Keys have 1 to \(text(LogStore.maximumKeyBytes)) bytes, values at most "
                    + bytes(LogStore.maximumValueBytes)),
            Phrase("../README.md", "a cycle at most \(text(FlowLimits.rounds)) times"),
            Phrase(
                "commands.md",
                "a file of variables have at most \(bytes(FlowLimits.fileBytes))"),
            Phrase("flows.md", "wait on the edge (\(text(FlowLimits.capacity.usual)))"),
            Phrase("flows.md", "that may wait (\(bytes(FlowLimits.capacityBytes.usual)))"),
            Phrase(
                "flows.md",
                "`{maxAttempts \(FlowLimits.attempts.usual), "
                    + "initialDelayMs \(FlowLimits.initialDelay.usual), "
                    + "factor \(Int(FlowLimits.delayFactor.usual)), "
                    + "maxDelayMs \(FlowLimits.maximumDelay.usual), "
                    + "jitter \(FlowLimits.jitter.usual)}`"),
            Phrase(
                "flows.md",
                "(\(text(FlowLimits.feedbackMessages.usual)) and "
                    + "\(bytes(FlowLimits.feedbackBytes.usual)))"),
            Phrase("flows.md", "goes round at most \(text(FlowLimits.rounds)) times"),
            Phrase("flows.md", "up to \(FlowLimits.defaultDepth) deep"),
            Phrase("flows.md", "more than \(text(FlowLimits.schemaDepth)) deep in each other"),
            Phrase("flows.md", "A secret of at least \(FlowLimits.secretBytes) bytes"),
            Phrase("files.md", "its first \(text(FlowLimits.shownBytes)) bytes"),
            Phrase("flows.md", "handled at once (\(FlowLimits.concurrency.usual))"),
            Phrase(
                "mapping.md",
                "at most \(text(MappingLimits.expressionBytes)) bytes long and nests at most "
                    + "\(MappingLimits.nesting) levels. A result nests at most "
                    + "\(MappingLimits.resultDepth) levels"),
            Phrase("mapping.md", "a path selects | \(text(MappingLimits.nodes)) |"),
            Phrase(
                "mapping.md",
                "as a string or as an array | \(bytes(MappingLimits.resultBytes)) |"),
            Phrase("mapping.md", "an interpolation makes | \(bytes(MappingLimits.textBytes)) |"),
            Phrase("mapping.md", "value and name in it | \(bytes(MappingLimits.valueBytes)) |"),
            Phrase("mapping.md", "| steps | \(text(MappingLimits.steps)) |"),
            Phrase("files.md", "or after \(bytes(ComponentLimits.lineBytes.usual))"),
            Phrase("store.md", "JSON of at most \(JSONLimits.valueDepth) levels"),
            Phrase("document_store.md", "any JSON of at most \(JSONLimits.valueDepth) levels"),
            Phrase(
                "document_store.md",
                "Keys are 1 to \(text(LogStore.maximumKeyBytes)) bytes"),
            Phrase("document_store.md", "a key over \(bytes(LogStore.maximumKeyBytes))"),
            Phrase("document_store.md", "a value over \(bytes(LogStore.maximumValueBytes))"),
            Phrase("conversation.md", "longer than \(bytes(LogStore.maximumKeyBytes))"),
            Phrase("conversation.md", "longer than \(bytes(LogStore.maximumValueBytes))"),
        ]
    }()

    @Test(arguments: phrases)
    private func otherDocumentsSayTheSame(phrase: Phrase) {
        let words = DocumentationPage(phrase.page).text.split { $0 == " " || $0 == "\n" }
        let isSaid = words.joined(separator: " ").contains(phrase.text)
        #expect(isSaid)
    }

    /// The numbers of a range in the schema of flow files.
    @Test func theSchemaHasTheSameNumbers() throws {
        let schema = FlowSchema(.builtIn).json
        let text = schema.text
        for (name, bounds) in [
            ("concurrency", FlowLimits.concurrency), ("capacity", FlowLimits.capacity),
            ("capacityBytes", FlowLimits.capacityBytes),
            ("maximumMessages", FlowLimits.feedbackMessages),
            ("maxAttempts", FlowLimits.attempts),
        ] {
            let range = bounds.range
            let wanted =
                "\"\(name)\":{\"type\":\"integer\",\"minimum\":\(range.lowerBound),"
                + "\"maximum\":\(range.upperBound),"
            #expect(text.contains(wanted), "\(name)")
        }
    }
}
