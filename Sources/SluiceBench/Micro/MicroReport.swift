/// Prints what the micro-benchmarks measured, line by line as they end.
enum MicroReport {
    static func print(isJSON: Bool) throws {
        if !isJSON { Swift.print(row("part", "ns/op", "best", "MB/s")) }
        for benchmark in try MicroBenchmark.all() {
            let result = try benchmark.measure()
            Swift.print(isJSON ? json(result) : text(result))
        }
    }

    private static func text(_ result: MicroBenchmark.Result) -> String {
        row(
            result.name, result.nanoseconds.fixed(1), result.best.fixed(1),
            result.megabytesPerSecond.map { $0.fixed(0) } ?? "")
    }

    private static func row(_ name: String, _ columns: String...) -> String {
        let first = name + String(repeating: " ", count: max(0, 34 - name.count))
        return columns.reduce(first) { line, column in
            line + String(repeating: " ", count: max(1, 11 - column.count)) + column
        }
    }

    private static func json(_ result: MicroBenchmark.Result) -> String {
        var line = "{\"micro\":\"\(result.name)\",\"ns_per_op\":\(result.nanoseconds.fixed(2))"
        line += ",\"best_ns_per_op\":\(result.best.fixed(2))"
        if let rate = result.megabytesPerSecond { line += ",\"mb_per_s\":\(rate.fixed(1))" }
        return line + "}"
    }
}

extension MicroBenchmark.Result {
    /// Megabytes that the operations handle in a second.
    var megabytesPerSecond: Double? {
        bytes.map { nanoseconds > 0 ? Double($0) * 1000 / nanoseconds : 0 }
    }
}
