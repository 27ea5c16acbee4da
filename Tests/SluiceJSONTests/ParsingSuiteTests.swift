import SluiceJSON
import Testing

/// The parsing suite of Nicolas Seriot (RFC 8259): `y_` accepted, `n_` refused, `i_` free.
@Suite(.enabled(if: Suites.areThere)) struct ParsingSuiteTests {
    private static let folder = "json-parsing/test_parsing"

    private static func files(_ prefix: String) -> [String] {
        Suites.files(in: folder).filter { $0.hasPrefix(prefix) }
    }

    private func parse(_ file: String) throws -> JSON {
        try JSON(parsing: #require(Suites.bytes(of: Self.folder + "/" + file)))
    }

    @Test(arguments: files("y_")) func validTextIsAcceptedAndWrittenBack(file: String) throws {
        let json = try parse(file)
        let again = try JSON(parsing: json.text)
        #expect(again == json)
        #expect(again.text == json.text)
        #expect(json.textByteCount == json.text.utf8.count)
        #expect(try JSON(parsing: json.pretty()).isIdentical(to: json))
    }

    @Test(arguments: files("n_")) func invalidTextIsRefused(file: String) {
        #expect(throws: JSONError.self) { try parse(file) }
    }

    /// What RFC 8259 leaves open, and why it is answered so.
    private static let open: [(prefix: String, isAccepted: Bool, reason: String)] = [
        ("i_number_", true, "numbers keep their text, of whatever size"),
        ("i_structure_500_nested_arrays", true, "512 levels are allowed"),
        ("i_structure_UTF-8_BOM", false, "a byte order mark is no JSON text"),
        ("i_object_key_lone_2nd_surrogate", false, "a lone surrogate has no UTF-8"),
        ("i_string_", false, "lone surrogates and text that is not UTF-8 would get lost"),
    ]

    @Test(arguments: files("i_")) func openCasesAreAnsweredAsPinned(file: String) throws {
        let pinned = try #require(Self.open.first { file.hasPrefix($0.prefix) })
        let isAccepted = (try? parse(file)) != nil
        #expect(isAccepted == pinned.isAccepted, "\(pinned.reason)")
    }

    @Test func theSuiteIsComplete() {
        #expect(Self.files("y_").count == 95)
        #expect(Self.files("n_").count == 188)
        #expect(Self.files("i_").count == 35)
    }
}
