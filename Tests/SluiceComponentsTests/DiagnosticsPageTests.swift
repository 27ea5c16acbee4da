import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import Testing

/// A row of the tables in Docs/diagnostics.md.
struct DiagnosticRow: CustomTestStringConvertible {
    var code: String
    var example: String
    var testDescription: String { code }

    private static let page: String = {
        // …/Tests/SluiceComponentsTests/DiagnosticsPageTests.swift
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try? FileStream.contents(of: "/\(package)/Docs/diagnostics.md")
        return String(decoding: bytes ?? [], as: UTF8.self)
    }()

    static let all: [DiagnosticRow] = page.split(separator: "\n").compactMap { line in
        let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
        guard line.hasPrefix("| E") || line.hasPrefix("| W"), cells.count == 4 else { return nil }
        let code = cells[2].split(separator: "`").first.map(String.init) ?? ""
        return DiagnosticRow(code: String(cells[0].prefix(4)), example: code)
    }

    /// The file that an example needs.
    static let part: String = {
        let start = page.range(ofLastBlock: "```json\n")
        return String(page[start...].prefix { $0 != "`" })
    }()
}

extension String {
    fileprivate func range(ofLastBlock mark: String) -> Index {
        var found = startIndex
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(mark) {
                found = self.index(index, offsetBy: mark.count)
            }
            index = self.index(after: index)
        }
        return found
    }
}

@Suite struct DiagnosticsPageTests {
    @Test func everyCodeIsThereOnce() {
        #expect(DiagnosticRow.all.map(\.code) == Code.allCases.map(\.rawValue))
    }

    @Test(arguments: DiagnosticRow.all) func theExampleHasTheFinding(row: DiagnosticRow) throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        try FileStream.write(Array(row.example.utf8), to: "\(folder)/example.json")
        try FileStream.write(Array(DiagnosticRow.part.utf8), to: "\(folder)/part.json")
        let flow = FlowLoader(registry: .builtIn).load("\(folder)/example.json")
        let codes = Set(flow.diagnostics.map(\.code))
        #expect(codes.contains(row.code), "\(flow.diagnostics.map(\.rendered))")
        let errors = codes.filter { $0.hasPrefix("E") }
        #expect(errors == (row.code.hasPrefix("E") ? [row.code] : []))
        #expect((flow.plan == nil) == row.code.hasPrefix("E"))
    }
}
