import Sluice
import SluiceJSON
import SluiceSystem

/// Reads a test file into its definition and notes everything that is wrong on the way.
struct TestFileReader {
    let source: FlowSource
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: FlowSource) { self.source = source }

    static let caseMembers = [
        "name", "description", "mocks", "files", "steps", "expectFiles",
    ]
    static let stepMembers = [
        "description", "send", "advance", "end", "expect", "expectFiles",
    ]
    static let entryMembers = ["match", "emit"]

    mutating func read() -> TestFile {
        var file = TestFile(source: source)
        let root = source.json
        guard object(root, "a test file") else { return file }
        checkMembers(root, FlowFormatter.testMembers, of: "a test file")
        file.subject = readSubject(root)
        if let variables = root["variables"], object(variables, "`variables`") {
            for member in variables.members {
                file.variables[member.name] = string(member.value, "a variable")
            }
        }
        let mocks = readMocks(root["mocks"])
        if case .component? = file.subject, let json = root["mocks"] {
            note(.wrongValue, "only the nodes of a flow can be mocked", json)
        }
        let fixtures = readFixtures(root["files"])
        guard let cases = root["cases"] else {
            note(.missingMember, "a test file has `cases`", at: opening(of: root))
            return file
        }
        var names = Set<Name>()
        for json in elements(cases, "`cases`") {
            guard let test = readCase(json, mocks, fixtures) else { continue }
            if !names.insert(Name(test.name)).inserted {
                note(
                    .duplicateName, "two cases have the name \"\(test.name)\"",
                    json["name"] ?? json)
            }
            file.cases.append(test)
        }
        return file
    }

    private mutating func readSubject(_ root: JSON) -> TestFile.Subject? {
        for name in ["settings", "parameters"] {
            if let json = root[name] { _ = object(json, "`\(name)`") }
        }
        switch (root["component"], root["flow"]) {
        case (let component?, nil):
            if let json = root["parameters"] {
                note(.wrongValue, "a component has `settings`, no `parameters`", json)
            }
            guard string(component, "`component`") != nil else { return nil }
            return .component(component, settings: root["settings"])
        case (nil, let flow?):
            if let json = root["settings"] {
                note(.wrongValue, "a flow has `parameters`, no `settings`", json)
            }
            guard string(flow, "`flow`") != nil else { return nil }
            return .flow(flow, parameters: root["parameters"])
        case (_?, let flow?):
            note(.wrongValue, "a test file has `component` or `flow`, not both", flow)
        case (nil, nil):
            note(.missingMember, "a test file has `component` or `flow`", at: opening(of: root))
        }
        return nil
    }

    private mutating func readCase(
        _ json: JSON, _ mocks: [Mock], _ fixtures: [TestFile.Fixture]
    ) -> TestFile.Case? {
        guard object(json, "a case") else { return nil }
        checkMembers(json, Self.caseMembers, of: "a case")
        for name in ["name", "steps"] where !json.has(name) {
            note(.missingMember, "the case has no `\(name)`", at: opening(of: json))
        }
        guard let name = json["name"], let steps = json["steps"] else { return nil }
        var test = TestFile.Case(
            name: string(name, "`name`") ?? "", range: json.sourceRange)
        let own = readMocks(json["mocks"])
        test.mocks = own + mocks.filter { mock in !own.map(\.node).has(mock.node) }
        let files = readFixtures(json["files"])
        test.fixtures = files + fixtures.filter { file in !files.map(\.name).has(file.name) }
        test.files = readFileExpectations(json["expectFiles"])
        var hasEnded = false
        for json in elements(steps, "`steps`") {
            guard let step = readStep(json) else { continue }
            if hasEnded, let send = json["send"] {
                note(.wrongValue, "the inputs have ended in an earlier step", send)
            }
            hasEnded = hasEnded || step.ends
            test.steps.append(step)
        }
        return test
    }

    private mutating func readStep(_ json: JSON) -> TestFile.Step? {
        guard object(json, "a step") else { return nil }
        checkMembers(json, Self.stepMembers, of: "a step")
        var step = TestFile.Step(range: json.sourceRange)
        step.sends = readPorts(json["send"], "`send`", arePatterns: false)
        step.expectations = readPorts(json["expect"], "`expect`", arePatterns: true)
        step.files = readFileExpectations(json["expectFiles"])
        if let advance = json["advance"] { step.advance = readDuration(advance) }
        if let end = json["end"] {
            if end.bool == nil { note(.wrongValue, "`end` is true or false", end) }
            step.ends = end.bool ?? false
        }
        return step
    }

    private mutating func readDuration(_ json: JSON) -> Int64? {
        if let text = json.string, let milliseconds = DurationText.milliseconds(of: text),
            (0...Self.longestAdvance).contains(milliseconds)
        {
            return Int64(milliseconds)
        }
        note(
            .wrongValue,
            "`advance` is a time such as \"500ms\", \"2s\", \"5m\" or \"1h\", a year at most", json)
        return nil
    }

    private static let longestAdvance = TestLimits.advanceDays * 24 * 3_600_000

    /// Ports with their messages: an array is a list of messages.
    private mutating func readPorts(
        _ json: JSON?, _ what: String, arePatterns: Bool
    ) -> [TestFile.PortMessages] {
        guard let json, object(json, what) else { return [] }
        return json.members.map { member in
            let list = member.value.kind == .array ? Array(member.value.elements) : [member.value]
            return TestFile.PortMessages(
                port: member.name, nameRange: member.nameSourceRange,
                messages: list.map { arePatterns ? pattern($0) : Pattern(json: $0, form: .equal) })
        }
    }

    // MARK: Mocks

    private mutating func readMocks(_ json: JSON?) -> [Mock] {
        guard let json, object(json, "`mocks`") else { return [] }
        return json.members.map { node in
            let ports = object(node.value, "a mock") ? Array(node.value.members) : []
            return Mock(
                node: node.name, nameRange: node.nameSourceRange,
                ports: ports.map { ($0.name, $0.nameSourceRange, readEntries($0.value)) })
        }
    }

    private mutating func readEntries(_ json: JSON) -> [Mock.Entry] {
        elements(json, "a mocked port", mayBeEmpty: true).compactMap { json in
            guard object(json, "an entry of a mock") else { return nil }
            checkMembers(json, Self.entryMembers, of: "an entry of a mock")
            guard json.has("emit") else {
                note(.missingMember, "the entry has no `emit`", at: opening(of: json))
                return nil
            }
            return Mock.Entry(
                match: json["match"].map { pattern($0) },
                emits: readPorts(json["emit"], "`emit`", arePatterns: false))
        }
    }
}

// MARK: - Values with their diagnostics

extension TestFileReader {
    mutating func note(_ code: Code, _ text: String, _ json: JSON) {
        note(code, text, at: json.sourceRange)
    }

    mutating func note(
        _ code: Code, _ text: String, at range: FlowSource.Range, meant: String? = nil
    ) {
        diagnostics.append(
            source.diagnostic(
                code, text, at: range, suggestion: meant.map { "did you mean `\($0)`?" }))
    }

    private func opening(of json: JSON) -> FlowSource.Range {
        json.sourceRange.lowerBound..<(json.sourceRange.lowerBound + 1)
    }

    mutating func object(_ json: JSON, _ what: String) -> Bool {
        guard json.kind == .object else {
            note(.wrongValue, "\(what) is an object, found \(json.shown)", json)
            return false
        }
        var seen = Set<Name>()
        for member in json.members where !seen.insert(Name(member.name)).inserted {
            note(.duplicateName, "`\(member.name)` is there twice", at: member.nameSourceRange)
        }
        return true
    }

    private mutating func elements(
        _ json: JSON, _ what: String, mayBeEmpty: Bool = false
    ) -> [JSON] {
        guard json.kind == .array, mayBeEmpty || json.count > 0 else {
            let found = json.kind == .array ? "an empty one" : json.shown
            note(.wrongValue, "\(what) is an array, found \(found)", json)
            return []
        }
        return Array(json.elements)
    }

    mutating func string(_ json: JSON, _ what: String) -> String? {
        if json.string == nil {
            note(.wrongValue, "\(what) is a string, found \(json.shown)", json)
        }
        return json.string
    }

    private mutating func checkMembers(_ json: JSON, _ known: [String], of what: String) {
        for member in json.members
        where !known.has(member.name) && !member.name.begins(with: "x-") {
            note(
                .unknownMember, "\(what) has no member `\(member.name)`",
                at: member.nameSourceRange,
                meant: Spelling.closest(to: member.name, among: known))
        }
        if let about = json["description"] { _ = string(about, "`description`") }
    }
}

extension JSON {
    func has(_ name: String) -> Bool { members.contains { $0.isNamed(name) } }
}
