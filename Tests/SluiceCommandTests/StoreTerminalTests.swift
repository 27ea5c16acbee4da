import Glibc
import Testing

@testable import SluiceRunner

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

    @Test(arguments: [40, 80, 200] as [UInt16]) func linesOfTheLogFit(columns: UInt16) throws {
        let terminal = try PseudoTerminal(columns: columns)
        let value = String(repeating: "x", count: 500)
        let folder = try Stores.folder(
            "{\"collection\":\"c\",\"key\":\"k\",\"value\":\"\(value)\"}\n")
        let outcome = try Sluice(redirection: ">\(terminal.path)").run(
            ["store", "log", "d"], in: folder)
        #expect(outcome.code == 0)
        let line = terminal.waitFor("\r\n").dropLast()
        #expect(line.hasSuffix("… (502 bytes)"))
        // Of a value at least some is shown.
        #expect(line.count == max(Int(columns), 63), "\(line)")
    }

    @Test(arguments: [40, 80, 200] as [UInt16], [["store", "put"], ["run"], []])
    func helpFits(columns: UInt16, command: [String]) throws {
        let terminal = try PseudoTerminal(columns: columns)
        let outcome = try Sluice(redirection: ">\(terminal.path)").run(command + ["--help"])
        #expect(outcome.code == 0)
        let text = terminal.shown().replacing("\r\n", with: "\n")
        // Examples are to be copied, and stay whole.
        let lines = text.split(separator: "\nExample").first?.split(separator: "\n") ?? []
        #expect(lines.count > 10)
        for line in lines where !line.contains("Usage:") {
            #expect(line.count <= columns, "\(line)")
        }
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
