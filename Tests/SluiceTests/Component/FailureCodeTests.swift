import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Says that it fails with one code, and may do so with another.
private enum Strict: Component {
    static let about = About("strict", "Fails with the code that a message names")

    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.fails(with: "known")
        ports.effects = .none
        ports.input("in", String.self) { code, _ in throw Failure(code, "as it was told") }
    }
}

private enum Shouting: Component {
    static let about = About("shouting", "Declares a code that is no word")

    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.fails(with: "Not Found", "known")
        ports.input("in", JSON.self) { _, _ in }
    }
}

@Suite struct FailureCodes {
    private static func codes(after message: JSON) throws -> [String] {
        let received = try Harness(Strict.self).send(message, to: "in")
        let reports = received.failures + received.messages.map(\.message)
        return reports.compactMap { $0["code"]?.string }.sorted()
    }

    @Test func aTestShowsACodeThatWasNotDeclared() throws {
        #expect(try Self.codes(after: "known") == ["known"])
        #expect(try Self.codes(after: "other") == ["other", "undeclared_failure"])
    }

    @Test func everyNodeMayFailForAMessageThatDoesNotFit() throws {
        #expect(try Self.codes(after: 7) == ["invalid_message"])
    }

    @Test func aCodeIsAWordInSnakeCase() {
        let mistakes = ComponentRegistry([Shouting.self]).mistakes
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains("the failure code `Not Found` is no word") == true)
    }

    @Test func aDeclarationIsSeenFromOutside() throws {
        let ports = try ComponentType(Strict.self).ports(settings: [:])
        #expect(ports.failureCodes == ["known"] && ports.effects == .none)
    }
}
