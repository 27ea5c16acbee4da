import Sluice
import SluiceJSON
import Testing

/// Runs the tables of `Docs/mapping.md`.
struct MappingPageTests {
    /// The cells of each row of the tables whose first row has this first cell.
    private static func rows(headed header: String) throws -> [[String]] {
        var rows: [[String]] = []
        var isWanted = false
        for line in try Page.lines(of: "Docs/mapping.md") {
            guard line.hasPrefix("|") else {
                isWanted = false
                continue
            }
            let cells = Page.cells(of: line)
            if cells.first == header { isWanted = true }
            if isWanted, cells.first != header, line.hasPrefix("| ") { rows.append(cells) }
        }
        return rows
    }

    private static func examples(_ header: String) throws -> [Row] {
        try rows(headed: header).compactMap { cells in
            guard cells.count == 3 else { return nil }
            return Row(Page.code(cells[0]), Page.code(cells[1]), cells[2])
        }
    }

    private static func check(_ row: Row, against outcome: String) {
        if row.result.hasPrefix("error: ") {
            #expect(outcome.hasPrefix("error: "))
            #expect(outcome.contains(row.result.dropFirst("error: ".count)), "\(outcome)")
        } else {
            #expect(outcome == Page.code(row.result))
        }
    }

    @Test(arguments: try examples("expression"))
    func expressionsOnThePageGiveWhatItSays(_ row: Row) {
        Self.check(row, against: Mapping.outcome(row.expression, row.message))
    }

    @Test(arguments: try examples("template"))
    func templatesOnThePageGiveWhatItSays(_ row: Row) throws {
        Self.check(row, against: try Mapping.evaluate(row.expression, row.message))
    }

    @Test(arguments: try examples("test"))
    func testsOnThePageGiveWhatItSays(_ row: Row) throws {
        let message = try JSON(parsing: row.message)
        do {
            let holds = try Expression(row.expression).holds(message, Mapping.context)
            Self.check(row, against: "\(holds)")
        } catch {
            Self.check(row, against: "error: \(error)")
        }
    }

    @Test func thePageListsEveryFunctionAsItIs() throws {
        let listed = try Self.rows(headed: "function").map { [Page.code($0[0]), $0[1]] }
        #expect(listed == Functions.all.map { [$0.signature, $0.summary] })
    }

    @Test func everyFunctionHasAnExample() throws {
        let examples = try Self.examples("expression").map(\.expression).joined(separator: "\n")
        for function in Functions.all {
            #expect(examples.contains("\(function.name)("), "\(function.name)")
        }
    }

    @Test func theTableHasTheFunctionsOfTheLanguage() {
        let names = """
            length upper lower trim reverse split join contains hasprefix hassuffix replace substr \
            index string number b64encode b64decode first last sum avg min max keys values sort \
            unique abs ceil floor round sqrt pow now formattime parsetime duration uuid id lineage \
            coalesce param env
            """
        let wanted = names.split(separator: " ").map(String.init)
        #expect(Functions.all.map(\.name).sorted() == wanted.sorted())
        for name in wanted { #expect(Functions.named(name)?.name == name) }
    }
}
