import Sluice
import SluiceJSON
import SluiceSystem

/// Makes values of CSV rows: objects where the columns have names, arrays where not.
struct CSVColumns: Sendable {
    /// What is done with a row of another number of fields than there are columns.
    enum Ragged: String, CaseIterable {
        /// It fails.
        case error
        /// Fields that are missing count as empty.
        case fill
        /// Likewise, and fields that are too many become members of their own.
        case extra
    }

    private let names: [String]?
    /// The names as a set.
    private let own: Set<Name>
    private let types: [CSVType]
    private let count: Int
    private let ragged: Ragged

    /// Columns with names.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_header`) for names that are blank or there twice, and
    ///   for types of columns that are not there.
    init(_ names: [String], types: CSVTypes, ragged: Ragged) throws(Failure) {
        var seen: Set<Name> = []
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                throw Failure("invalid_header", "column \(index + 1) has no name")
            }
            if !seen.insert(Name(name)).inserted {
                throw Failure("invalid_header", "two columns have the name \"\(name)\"")
            }
        }
        try self.init(distinct: names, seen, types, ragged)
    }

    /// Columns with the names of a header as it is found: one without a name is called by its place,
    /// one whose name is there already gets a number behind it.
    ///
    /// - Parameter renamed: What people are told of each new name.
    /// - Throws: ``Sluice/Failure`` (`invalid_header`) for types of columns that are not there.
    init(
        header: [String], types: CSVTypes, ragged: Ragged, renamed: (String) -> Void
    ) throws(Failure) {
        var free = FreeNames(taken: Set(header.map { Name($0) }))
        var seen: Set<Name> = []
        var names: [String] = []
        for (index, name) in header.enumerated() {
            var new = name
            if name.isEmpty {
                new = free.take("column_\(index + 1)")
                renamed("column \(index + 1) has no name and is called \"\(new)\"")
            } else if seen.contains(Name(name)) {
                new = free.take(name)
                renamed(
                    "column \(index + 1) is a second \"\(name)\" and is called \"\(new)\"")
            }
            seen.insert(Name(new))
            names.append(new)
        }
        try self.init(distinct: names, seen, types, ragged)
    }

    /// Names that are given to columns, each once.
    private struct FreeNames {
        var taken: Set<Name>
        /// The last number that was put behind a name.
        private var numbers: [Name: Int] = [:]

        init(taken: Set<Name>) { self.taken = taken }

        /// The name, with the first number behind it that makes it one of its own.
        mutating func take(_ name: String) -> String {
            var new = name
            var number = numbers[Name(name)] ?? 1
            while !taken.insert(Name(new)).inserted {
                number += 1
                new = "\(name)_\(number)"
            }
            numbers[Name(name)] = number
            return new
        }
    }

    private init(
        distinct names: [String], _ seen: Set<Name>, _ types: CSVTypes, _ ragged: Ragged
    ) throws(Failure) {
        if let unknown = types.byName.keys.sorted().first(where: { !seen.contains($0) }) {
            throw Failure(
                "invalid_header", "there is no column \"\(unknown.text)\", which `types` speaks of")
        }
        self.names = names
        own = seen
        self.types = names.map { types.byName[Name($0)] ?? CSVType() }
        count = names.count
        self.ragged = ragged
    }

    /// Columns without names.
    init(count: Int, ragged: Ragged) {
        self.ragged = ragged
        names = nil
        own = []
        types = []
        self.count = count
    }

    /// The value of a row, made with a builder that keeps its memory from one row to the next.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_row`) without a place.
    func value(
        of row: CSVParser.Row, reusing builder: inout JSONBuilder
    ) throws(Failure) -> JSON {
        if let problem = row.problem { throw .row(problem) }
        let found = row.ends.count
        let fits =
            switch ragged {
            case .error: found == count
            case .fill: found <= count
            case .extra: true
            }
        guard fits else { throw .row("the row has \(Self.fields(found)), not \(count)") }
        guard let names else {
            let missing = Array(repeating: "", count: max(0, count - found))
            return try (Self.texts(of: row) + missing).encoded()
        }
        do throws(Failure) {
            try write(row, names, to: &builder)
        } catch {
            builder.reset()
            throw error
        }
        do {
            return try builder.finish()
        } catch {
            throw .row(error.message)
        }
    }

    private func write(
        _ row: CSVParser.Row, _ names: [String], to builder: inout JSONBuilder
    ) throws(Failure) {
        let found = row.ends.count
        builder.beginObject()
        for index in names.indices {
            builder.name(names[index])
            try write(index < found ? Self.text(row, index) : "", index, to: &builder)
        }
        if found > count { try writeExtra(row, to: &builder) }
        builder.endObject()
    }

    /// Writes fields behind the last column under names that tell their places.
    private func writeExtra(
        _ row: CSVParser.Row, to builder: inout JSONBuilder
    ) throws(Failure) {
        var free = FreeNames(taken: own)
        for index in count..<row.ends.count {
            builder.name(free.take("column_\(index + 1)"))
            builder.append(try Self.text(row, index))
        }
    }

    private func write(
        _ field: String, _ index: Int, to builder: inout JSONBuilder
    ) throws(Failure) {
        let type = types[index]
        if type.kind == .string, !type.isOptional { return builder.append(field) }
        guard let value = type.value(of: field) else {
            let name = names?[index] ?? ""
            throw .row("\"\(field.prefix(40))\" in column \"\(name)\" is no \(type.kind.rawValue)")
        }
        builder.append(value)
    }

    /// The fields of a row as texts.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_row`) without a place.
    static func texts(of row: CSVParser.Row) throws(Failure) -> [String] {
        if let problem = row.problem { throw .row(problem) }
        var texts: [String] = []
        for index in row.ends.indices { texts.append(try text(row, index)) }
        return texts
    }

    private static func text(_ row: CSVParser.Row, _ index: Int) throws(Failure) -> String {
        guard let text = row.text(index) else {
            throw .row("field \(index + 1) is not valid UTF-8")
        }
        return text
    }

    private static func fields(_ count: Int) -> String {
        count == 1 ? "1 field" : "\(count) fields"
    }
}

extension Failure {
    fileprivate static func row(_ text: String) -> Failure { Failure("invalid_row", text) }
}
