import Glibc
import Testing

@testable import SluiceCommand

@Suite struct ShowingProgress {
    /// Feeds an import until the terminal shows a line that is drawn anew.
    private func line(columns: UInt16) throws -> String {
        let terminal = try PseudoTerminal(columns: columns)
        let folder = ScratchFolder()
        let process = try Sluice(redirection: "2>\(terminal.path)").start(
            ["store", "import", "d", "--collection", "c"], in: folder)
        var shown = ""
        var number = 0
        // Time has to pass before the line is drawn, and again before another takes its place.
        while shown.split(separator: "\r\u{1B}[K").count < 2 {
            number += 1
            process.write("{\"key\":\"\(number)\",\"value\":1}\n")
            shown += terminal.shown()
        }
        process.closeInput()
        #expect(process.finish().code == 0)
        shown += terminal.waitFor(" s\r\n")
        #expect(shown.hasPrefix("\r\u{1B}[K"))
        #expect(shown.contains("\r\u{1B}[Kimported \(number.grouped) record"), "\(shown)")
        return String(shown.split(separator: "\r\u{1B}[K").first ?? "")
    }

    @Test func aTerminalShowsHowFarAnImportIs() throws {
        let wide = try line(columns: 80)
        #expect(wide.wholeMatch(of: /[0-9,]+ records?, [0-9,]+ a second/) != nil, "\(wide)")
        #expect(try line(columns: 12).count <= 11)
    }

    @Test func nothingIsDrawnWhereNobodyLooks() throws {
        let process = try Sluice().start(
            ["store", "import", "d", "--collection", "c"], in: ScratchFolder())
        process.closeInput()
        let outcome = process.finish()
        #expect(outcome.errors.hasPrefix("imported 0 records (0 bytes) in "))
        #expect(!outcome.errors.contains("\r"))
    }

    @Test(arguments: [("y\n", 0), ("yes\n", 0), ("\n", 1), ("nope\n", 1)] as [(String, Int32)])
    func dropAsksAPerson(answer: String, code: Int32) throws {
        let terminal = try PseudoTerminal()
        let folder = try Stores.folder()
        let process = try Sluice(redirection: "<\(terminal.path) 2>\(terminal.path)").start(
            ["store", "drop", "d", "turns"], in: folder)
        #expect(
            terminal.waitFor("[y/N] ") == "delete all records of `turns` in d? [y/N] ")
        terminal.type(answer)
        #expect(process.finish().code == code)
        let left = try Sluice().run(["store", "find", "d", "turns"], in: folder).output
        #expect(left.isEmpty == (code == 0))
    }
}
