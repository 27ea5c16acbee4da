import Sluice
import SluiceJSON
import SluiceStore

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

    /// `sluice store find`.
    static let storeFind = Command(
        name: "find",
        summary: "Print the records of a collection in order of their keys",
        discussion: """
            Prints {"key": ..., "value": ..., "revision": ...} lines. --prefix, --start, --end and --after
            intersect; keys are compared byte by byte. In --where a path that finds nothing makes its
            comparison false; the expressions are those of Docs/mapping.md, without braces. Damaged
            records are named on standard error, and the exit code is then 1.
            """,
        operands: [StoreFolder.operand, .collection],
        options: [
            prefix, start, end, after, .limit, reverse, .asOf, keysOnly, condition, KeyText.base64,
        ] + StoreFolder.reading,
        examples: [
            "sluice store find data/store turns --prefix alice/ --limit 10",
            "sluice store find data/store places --where '$.state == \"RI\"' --keys-only",
            "sluice store find data/store turns --reverse --limit 1",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        let collection = arguments.operand(1)
        func bound(_ option: Option) throws(UsageError) -> [UInt8]? {
            guard let text = arguments[option] else { return nil }
            return try KeyText.bytes(text, arguments)
        }
        let expression: Expression?
        do throws(ExpressionError) {
            expression = try arguments[condition].map { text throws(ExpressionError) in
                try Expression(text)
            }
        } catch {
            terminal.report(
                error.message, in: error.expression, at: error.offset, length: error.length,
                suggestion: error.suggestion)
            return .invalid
        }
        let find = LogStore.Find(
            prefix: try bound(prefix), start: try bound(start), end: try bound(end),
            after: try bound(after), reverse: arguments.has(reverse),
            keysOnly: arguments.has(keysOnly) && expression == nil,
            asOf: try arguments.number(.asOf).map { Int64($0) })
        let limit = try arguments.number(.limit) ?? 0
        return try await folder.use(.reading) { store in
            try folder.check(collection, in: store)
            return try printRecords(
                try CollectionScan(store, collection, find), of: folder, where: expression,
                limit: limit, hasValues: !arguments.has(keysOnly), terminal)
        }
    }

    private static func printRecords(
        _ scan: CollectionScan, of folder: StoreFolder, where condition: Expression?, limit: Int,
        hasValues: Bool, _ terminal: Terminal
    ) throws -> ExitCode {
        var scan = scan
        var writer = RecordWriter()
        var left = limit == 0 ? Int.max : limit
        var unreadable = 0
        var damaged = 0
        while !scan.isFinished, left > 0 {
            let page = try scan.next(limit: condition == nil && limit > 0 ? left : 0)
            // Where all that is wanted has been found, what lies behind is of no concern.
            var last: [UInt8]?
            for record in page.records {
                if let condition {
                    guard let value = writer.json(record.value) else {
                        unreadable += 1
                        continue
                    }
                    guard try holds(condition, value, record.key) else { continue }
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
        return damaged > 0 ? .failed : .success
    }

    private static func holds(
        _ condition: Expression, _ value: JSON, _ key: [UInt8]
    ) throws -> Bool {
        do throws(EvaluationError) {
            return try condition.holds(value, .system)
        } catch {
            throw CommandFailure("key \(KeyText.shown(key)): \(error)", code: .failed)
        }
    }
}
