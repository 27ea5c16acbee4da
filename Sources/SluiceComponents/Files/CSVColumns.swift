import Sluice
import SluiceJSON

/// Makes values of CSV rows: objects where the columns have names, arrays where not.
struct CSVColumns: Sendable {
    private let names: [String]?
    private let types: [CSVType]
    private let count: Int

    /// Columns with names.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_header`) for names that are blank or there twice, and
    ///   for types of columns that are not there.
    init(_ names: [String], types: CSVTypes) throws(Failure) {
        var seen: Set<Name> = []
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                throw Failure("invalid_header", "column \(index + 1) has no name")
            }
            if !seen.insert(Name(name)).inserted {
                throw Failure("invalid_header", "two columns have the name \"\(name)\"")
            }
        }
        if let unknown = types.byName.keys.sorted().first(where: { !seen.contains($0) }) {
            throw Failure(
                "invalid_header", "there is no column \"\(unknown.text)\", which `types` speaks of")
        }
        self.names = names
        self.types = names.map { types.byName[Name($0)] ?? CSVType() }
        count = names.count
    }

    /// Columns without names.
    init(count: Int) {
        names = nil
        types = []
        self.count = count
    }

    /// The value of a row.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_row`) without a place.
    func value(of row: CSVParser.Row) throws(Failure) -> JSON {
        if let problem = row.problem { throw .row(problem) }
        guard row.ends.count == count else {
            throw .row("the row has \(Self.fields(row.ends.count)), not \(count)")
        }
        guard let names else { return try Self.texts(of: row).encoded() }
        var builder = JSONBuilder()
        builder.beginObject()
        for index in names.indices {
            builder.name(names[index])
            try write(Self.text(row, index), index, to: &builder)
        }
        builder.endObject()
        do {
            return try builder.finish()
        } catch {
            throw .row(error.message)
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
