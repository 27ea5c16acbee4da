import Sluice
import SluiceJSON

/// A source that reads comma-separated values.
enum CSVReader: Component {
    static let about = About(
        "csv_reader", "Reads comma-separated values (RFC 4180), a message for each row",
        discussion: """
            A row becomes an object: the first row names its members, or `columns` does where \
            `header` is false. With neither, rows become arrays of texts. Fields are texts unless `types` \
            says `number`, `integer` or `boolean`; numbers keep their text, and with a `?` (`number?`) \
            an empty field is null. A row that does not fit fails with `invalid_row` and \
            `details {file, line}`, its first line, and reading goes on; a header that names a column \
            twice ends the source with `invalid_header`. CRLF, LF and a byte order mark are accepted, \
            blank lines left out. A file that cannot be opened keeps the flow from starting.
            """,
        example: #"{ "path": "prices.csv", "types": { "price": "number" } }"#)

    struct Settings: Message {
        var path = ""
        var delimiter = ","
        var header = true
        var columns: [String]?
        var types = CSVTypes()
        var maxRowBytes = LineReader.defaultMaximumLineBytes
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "path", &path, .notBlank, role: .file,
                about: "The file, from the flow file's folder; `-` is standard input")
            try m.optional(
                "delimiter", &delimiter, .length(1...1),
                about: "What separates fields, one of ASCII")
            try m.optional("header", &header, about: "Whether the first row names the columns")
            try m.optional(
                "columns", &columns, .items(1...65_536), about: "Their names where no row has them")
            try m.optional("types", &types, about: "Types of columns by name, such as `integer?`")
            try m.optional(
                "maxRowBytes", &maxRowBytes, .range(1...1_073_741_824), about: "A longer row fails")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let delimiter = try settings.delimiterByte()
        let columns = try settings.declaredColumns()
        let file = InputFile(settings.path)
        ports.declaresFailures = true
        ports.onStart { context in try await file.open(in: context) }
        let out = ports.output("out", JSON.self, about: "A row")
        ports.source(.finite) { source in
            var parser = CSVParser(delimiter: delimiter, maximumRowBytes: settings.maxRowBytes)
            var rows = CSVRows(settings, columns: columns, file: file.name)
            while let bytes = try await file.read(for: source) {
                for row in parser.parse(bytes) { try await rows.add(row, to: out, of: source) }
                try await source.emit(rows.take(), on: out)
            }
            if !source.isStopping, let row = parser.finish() {
                try await rows.add(row, to: out, of: source)
                try await source.emit(rows.take(), on: out)
            }
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

    /// The columns, where the settings and not the file name them.
    fileprivate func declaredColumns() throws(Failure) -> CSVColumns? {
        guard let columns else {
            guard header || types.byName.isEmpty else {
                throw .invalid("columns without names have no types", at: "$.types")
            }
            return nil
        }
        guard !header else {
            throw .invalid("the columns have their names from the header", at: "$.columns")
        }
        do {
            return try CSVColumns(columns, types: types)
        } catch {
            throw .invalid(error.text, at: "$.columns")
        }
    }
}

/// The values of rows, gathered so that they leave together.
private struct CSVRows {
    private let settings: CSVReader.Settings
    private let file: String
    private var columns: CSVColumns?
    private var values: [JSON] = []

    init(_ settings: CSVReader.Settings, columns: CSVColumns?, file: String) {
        self.settings = settings
        self.columns = columns
        self.file = file
    }

    /// Adds a row's value; one that has none fails, after those before it have left.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_header`).
    mutating func add(
        _ row: CSVParser.Row, to out: Output<JSON>, of source: Source
    ) async throws(Failure) {
        do {
            if let columns {
                values.append(try columns.value(of: row))
            } else if settings.header {
                columns = try CSVColumns(CSVColumns.texts(of: row), types: settings.types)
            } else {
                let columns = CSVColumns(count: row.ends.count)
                values.append(try columns.value(of: row))
                self.columns = columns
            }
        } catch {
            try await source.emit(take(), on: out)
            let failure = placed(error, row)
            guard columns != nil || !settings.header else {
                throw Failure("invalid_header", failure.text, details: failure.details)
            }
            let fields = (try? row.approximateTexts.encoded()) ?? .emptyArray
            await source.fail(failure, message: fields)
        }
    }

    mutating func take() -> [JSON] {
        defer { values = [] }
        return values
    }

    private func placed(_ failure: Failure, _ row: CSVParser.Row) -> Failure {
        Failure(
            failure.code, "\(file):\(row.line): \(failure.text)",
            details: ["file": JSON(file), "line": JSON(row.line)])
    }
}
