import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    private static let prefix = Option(
        name: "prefix", value: "KEY", about: "Keys that begin with this")
    private static let start = Option(
        name: "start", value: "KEY", about: "The smallest key, inclusive")
    private static let end = Option(
        name: "end", value: "KEY", about: "The key to stop before, exclusive")
    private static let after = Option(
        name: "after", value: "KEY", about: "Go on behind this key, in the direction of travel")
    private static let reverse = Option.flag("reverse", "From the largest key to the smallest")
    private static let keysOnly = Option.flag("keys-only", "Leave the values out")
    private static let condition = Option(
        name: "where", value: "EXPR", about: "Only records whose value, `$`, fulfils an expression")
    private static let args = Option(
        name: "args", value: "JSON", about: "What `args` stands for in --where")

    /// `sluice store find`.
    static let storeFind = Command(
        name: "find",
        summary: "Print the records of a collection in order of their keys",
        discussion: """
            Prints {"key": ..., "value": ..., "revision": ...} lines. --prefix, --start, --end and --after
            intersect; keys are compared byte by byte. In --where a path that finds nothing, or values
            of different types, make their comparison false; the expressions are those of
            Docs/mapping.md, without braces, and `args` is what --args gives. Records for which the
            expression fails are left out, and counted on standard error. Damaged records are named
            there, and the exit code is then 1.
            """,
        operands: [StoreFolder.operand, .collection],
        options: [
            prefix, start, end, after, .limit, reverse, .asOf, keysOnly, condition, args,
            KeyText.base64,
        ] + StoreFolder.reading,
        examples: [
            "\(.program) store find data/store turns --prefix alice/ --limit 10",
            "\(.program) store find data/store places --where '$.state == \"RI\"' --keys-only",
            #"\#(.program) store find data/store places --where '$.name == args.q' --args '{"q": "Rome"}'"#,
            "\(.program) store find data/store turns --reverse --limit 1",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let collection = arguments.operand(1)
        func bound(_ option: Option) throws(UsageError) -> [UInt8]? {
            guard let text = arguments[option] else { return nil }
            return try KeyText.bytes(text, arguments)
        }
        let given = try argumentValues(arguments)
        let wanted: RecordCondition?
        do throws(ExpressionError) {
            wanted = try RecordCondition(arguments[condition], arguments: given)
        } catch {
            terminal.report(
                error.message, in: error.expression, at: error.offset, length: error.length,
                suggestion: error.suggestion)
            return .invalid
        }
        if let missing = wanted?.missingArgument {
            throw UsageError("--where reads `\(missing)`, which --args does not have")
        }
        let find = LogStore.Find(
            prefix: try bound(prefix), start: try bound(start), end: try bound(end),
            after: try bound(after), reverse: arguments.has(reverse),
            keysOnly: arguments.has(keysOnly) && wanted == nil,
            asOf: try arguments.number(.asOf).map { Int64($0) })
        let limit = try arguments.number(.limit) ?? 0
        return try await folder.use(.reading) { store in
            try folder.check(collection, in: store)
            return try printRecords(
                try CollectionScan(store, collection, find), of: folder, where: wanted,
                limit: limit, hasValues: !arguments.has(keysOnly), terminal)
        }
    }

    private static func printRecords(
        _ scan: CollectionScan, of folder: StoreFolder, where condition: RecordCondition?,
        limit: Int,
        hasValues: Bool, _ terminal: Terminal
    ) throws -> ExitCode {
        var scan = scan
        var condition = condition
        var writer = RecordWriter()
        var left = limit == 0 ? Int.max : limit
        var unreadable = 0
        var damaged = 0
        while !scan.isFinished, left > 0 {
            let page = try scan.next(limit: condition == nil && limit > 0 ? left : 0)
            // Where all that is wanted has been found, what lies behind is of no concern.
            var last: [UInt8]?
            for record in page.records {
                if condition != nil {
                    guard let value = writer.json(record.value) else {
                        unreadable += 1
                        continue
                    }
                    guard try condition?.selects(value, record.key) == true else { continue }
                }
                writer.append(record, hasValue: hasValues)
                left -= 1
                if left == 0 {
                    last = record.key
                    break
                }
            }
            for key in page.damaged where last.map({ scan.comes(key, before: $0) }) ?? true {
                folder.warn(scan.damage(of: key))
                damaged += 1
            }
            try terminal.write(json: writer.bytes)
            writer.bytes.removeAll(keepingCapacity: true)
        }
        if unreadable > 0 {
            terminal.note(
                "\(terminal.yellow("warning:")) \(Words.count(unreadable, "value")) left out: no JSON"
            )
        }
        if let condition, condition.failures > 0 {
            terminal.note(
                "\(terminal.yellow("warning:")) \(Words.count(condition.failures, "record")) left out, "
                    + "for which --where fails; \(condition.firstFailure)")
        }
        return damaged > 0 ? .failed : .success
    }

    private static func argumentValues(_ arguments: Arguments) throws(UsageError) -> JSON {
        guard let text = arguments[args] else { return .emptyObject }
        do throws(JSONError) {
            return try JSON(parsing: text)
        } catch {
            throw UsageError("--args is no JSON: column \(error.column): \(error.message)")
        }
    }
}

/// The --where of a search, and the records for which it fails.
private struct RecordCondition {
    private let expression: Expression
    private let arguments: JSON
    /// How many records it failed for.
    private(set) var failures = 0
    /// The first of them and why.
    private(set) var firstFailure = ""

    /// The condition of that text; nil where there is none.
    init?(_ text: String?, arguments: JSON) throws(ExpressionError) {
        guard let text else { return nil }
        expression = try Expression(text, allowsArguments: true)
        guard expression.mayBeCondition else {
            throw ExpressionError(
                expression: text, message: "a condition has to be true or false", offset: 0,
                length: text.utf8.count)
        }
        self.arguments = arguments
    }

    /// The first part of `args` that is needed and not there.
    var missingArgument: String? { expression.missingArgument(in: arguments) }

    /// Whether the expression is true of a record's value; one that it fails for is counted.
    mutating func selects(_ value: JSON, _ key: [UInt8]) throws(CommandFailure) -> Bool {
        do throws(EvaluationError) {
            return try expression.selects(value, arguments: arguments, .system)
        } catch {
            let text = "key \(KeyText.shown(key)): \(error)"
            guard !error.isLimit else { throw CommandFailure(text, code: .failed) }
            if failures == 0 { firstFailure = text }
            failures += 1
            return false
        }
    }
}
