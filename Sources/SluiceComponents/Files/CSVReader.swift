import Sluice
import SluiceJSON
import SluiceSystem

/// A source that reads comma-separated values.
enum CSVReader: Component {
    static let about = About(
        "csv_reader", "Reads comma-separated values (RFC 4180), a message for each row",
        discussion: """
            A row becomes an object: the first row names its members, or `columns` does where \
            `header` is false. With neither, rows become arrays of texts. Fields are texts unless `types` \
            says `number`, `integer` or `boolean`; numbers keep their text, and with a `?` (`number?`) \
            an empty field is null. A row that does not fit fails with `invalid_row` and \
            `details {file, line}`, its first line, and reading goes on; `message` is the array of its \
            fields, or the row's text where it cannot be cut into fields (its first 4096 bytes where it is \
            longer than allowed). CRLF, LF, CR and a byte order mark are accepted, blank lines left out. \
            A column without a name is called by its place (`column_3`), a second `name` is `name_2`, \
            with a warning; with `header` `"strict"` such a header ends the source with `invalid_header`. \
            A quoted field that is not closed costs the line that it begins on. A file that cannot be \
            opened keeps the flow from starting.
            """,
        example: #"{ "path": "prices.csv", "types": { "price": "number" } }"#)

    struct Settings: Message {
        var path = ""
        var delimiter = ","
        var header = CSVHeader.found
        var columns: [String]?
        var types = CSVTypes()
        var ragged = CSVColumns.Ragged.error.rawValue
        var quotes = "strict"
        var maxRowBytes = ComponentLimits.lineBytes.usual
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "path", &path, .notBlank, role: .file,
                about: "The file, from the flow file's folder; `-` is standard input")
            try m.optional(
                "delimiter", &delimiter, .length(1...1),
                about: "What separates fields, one of ASCII")
            try m.optional(
                "header", &header,
                about:
                    "Whether the first row names the columns; \"strict\" takes no names that are "
                    + "empty or there twice")
            try m.optional(
                "columns", &columns, .items(ComponentLimits.columns),
                about: "Their names where no row has them")
            try m.optional("types", &types, about: "Types of columns by name, such as `integer?`")
            try m.optional(
                "ragged", &ragged, .oneOf(CSVColumns.Ragged.allCases.map(\.rawValue)),
                about:
                    "A row of another length fails, is filled up with empty fields, or gives its "
                    + "extra fields as `column_4` and so on, too")
            try m.optional(
                "quotes", &quotes, .oneOf(["strict", "lenient"]),
                about: "Whether a quote inside of a field fails its row or stands for itself")
            try m.optional(
                "maxRowBytes", &maxRowBytes, .range(ComponentLimits.lineBytes.range),
                about: "A longer row fails")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let delimiter = try settings.delimiterByte()
        let columns = try settings.declaredColumns()
        let file = InputFile(settings.path)
        ports.declaresFailures = true
        ports.fails(with: "io", "invalid_header", "invalid_row")
        ports.effects = .files
        ports.readsFile(settings.path)
        ports.onStart { context in try await file.open(in: context) }
        let out = ports.output("out", JSON.self, about: "A row")
        ports.source(.finite) { source in
            var parser = CSVParser(
                delimiter: delimiter, maximumRowBytes: settings.maxRowBytes,
                isLenient: settings.quotes == "lenient")
            var rows = CSVRows(settings, columns: columns, file: file)
            var messages = LineMessages(file, source, out)
            while let bytes = try await file.read(for: source) {
                guard try await rows.addAll(parser.parse(bytes), &parser, to: &messages) else {
                    return
                }
            }
            guard try await rows.addAll(parser.finish(), &parser, to: &messages) else { return }
            file.finish()
        }
        ports.onStop { file.close() }
    }
}

extension CSVReader.Settings {
    fileprivate func delimiterByte() throws(Failure) -> UInt8 {
        guard let byte = delimiter.utf8.first, delimiter.utf8.count == 1,
            ![0x0A, 0x0D, 0x22].contains(byte)
        else {
            throw .invalid(
                "must be one character of ASCII, no quote and no end of a line", at: "$.delimiter")
        }
        return byte
    }

    fileprivate var raggedRows: CSVColumns.Ragged { CSVColumns.Ragged(rawValue: ragged) ?? .error }

    /// The columns, where the settings and not the file name them.
    fileprivate func declaredColumns() throws(Failure) -> CSVColumns? {
        guard let columns else {
            guard header != .none || types.byName.isEmpty else {
                throw .invalid("columns without names have no types", at: "$.types")
            }
            return nil
        }
        guard header == .none else {
            throw .invalid("the columns have their names from the header", at: "$.columns")
        }
        do {
            return try CSVColumns(columns, types: types, ragged: raggedRows)
        } catch {
            throw .invalid(error.text, at: "$.columns")
        }
    }
}

/// The values of rows.
private struct CSVRows {
    private let settings: CSVReader.Settings
    private let file: InputFile
    private var columns: CSVColumns?
    private var builder = JSONBuilder()

    init(_ settings: CSVReader.Settings, columns: CSVColumns?, file: InputFile) {
        self.settings = settings
        self.columns = columns
        self.file = file
    }

    /// Adds rows and those that the parser still has; false where the source has to end.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_header`).
    mutating func addAll(
        _ first: [CSVParser.Row], _ parser: inout CSVParser, to messages: inout LineMessages
    ) async throws(Failure) -> Bool {
        var rows = first
        while !rows.isEmpty {
            guard try await add(rows, to: &messages) else { return false }
            rows = parser.rest()
        }
        return true
    }

    /// Adds the rows' values and lets them leave; a row that has none fails.
    ///
    /// False where the source has to end.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_header`).
    private mutating func add(
        _ rows: [CSVParser.Row], to messages: inout LineMessages
    ) async throws(Failure) -> Bool {
        for row in rows {
            if let broken = try add(row, to: &messages) {
                guard try await messages.fail(broken) else { return false }
            } else if messages.isFull {
                guard try await messages.flush() else { return false }
            }
        }
        return try await messages.flush()
    }

    private mutating func add(
        _ row: CSVParser.Row, to messages: inout LineMessages
    ) throws(Failure) -> LineMessages.Broken? {
        do throws(Failure) {
            if columns == nil, settings.header != .none {
                columns = try header(of: row)
                return nil
            }
            let columns =
                columns ?? CSVColumns(count: row.ends.count, ragged: settings.raggedRows)
            let value = try columns.value(of: row, reusing: &builder)
            messages.add(value, line: row.lastLine)
            self.columns = columns
            return nil
        } catch {
            let failure = placed(error, row)
            guard columns != nil || settings.header == .none else {
                throw Failure("invalid_header", failure.text, details: failure.details)
            }
            return LineMessages.Broken(
                failure: failure, message: shown(row), line: row.lastLine)
        }
    }

    private func header(of row: CSVParser.Row) throws(Failure) -> CSVColumns {
        let names = try CSVColumns.texts(of: row)
        guard settings.header != .strict else {
            return try CSVColumns(names, types: settings.types, ragged: settings.raggedRows)
        }
        return try CSVColumns(
            header: names, types: settings.types, ragged: settings.raggedRows,
            renamed: { file.warn("\(file.name):\(row.line): \($0)") })
    }

    /// What stands in the file, so that it can be mended and read again.
    private func shown(_ row: CSVParser.Row) -> JSON {
        guard row.problem == nil else { return JSON(String(decoding: row.text, as: UTF8.self)) }
        return (try? row.approximateTexts.encoded()) ?? .emptyArray
    }

    private func placed(_ failure: Failure, _ row: CSVParser.Row) -> Failure {
        Failure(
            failure.code, "\(file.name):\(row.line): \(failure.text)",
            details: ["file": JSON(file.name), "line": JSON(row.line)])
    }
}
