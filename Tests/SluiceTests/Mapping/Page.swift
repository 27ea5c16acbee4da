import Glibc

/// Reads a page of the documentation.
enum Page {
    struct Unreadable: Error {
        var path: String
    }

    /// The lines of a file, given by its path in the package.
    static func lines(of path: String, from file: String = #filePath) throws -> [String] {
        // …/Tests/SluiceTests/Mapping/Page.swift
        let folder = file.split(separator: "/").dropLast(4).joined(separator: "/")
        let whole = "/\(folder)/\(path)"
        guard let stream = fopen(whole, "r") else { throw Unreadable(path: whole) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            bytes += chunk[..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The cells of a row of a table, `\|` being a bar.
    static func cells(of line: String) -> [String] {
        var cells = [""]
        var previous: Character = " "
        for character in line {
            if character == "|", previous == "\\" {
                cells[cells.count - 1].removeLast()
                cells[cells.count - 1].append(character)
            } else if character == "|" {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
            previous = character
        }
        return cells.dropFirst().dropLast().map(trimmed)
    }

    /// The text of a cell that is one piece of code.
    static func code(_ cell: String) -> String {
        let isCode = cell.count > 1 && cell.hasPrefix("`") && cell.hasSuffix("`")
        return isCode ? String(cell.dropFirst().dropLast()) : cell
    }

    private static func trimmed(_ cell: String) -> String {
        let head = cell.drop { $0 == " " }
        let end = head.lastIndex { $0 != " " }
        return end.map { String(head[...$0]) } ?? ""
    }
}
