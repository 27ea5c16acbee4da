/// What `--help` prints.
enum BenchHelp {
    static var text: String {
        let width = Workload.allCases.map(\.rawValue.count).max() ?? 0
        let workloads = Workload.allCases.map { workload in
            let gap = String(repeating: " ", count: width - workload.rawValue.count + 2)
            return "  \(workload.rawValue)\(gap)\(workload.summary)"
        }
        return """
            Usage: sluice-bench --workload W --dir D [options]
                   sluice-bench --micro [--json]

            Runs one workload against the document store and prints one line of JSON: operations a
            second, quantiles of their durations, bytes on disk, memory, processor time.

            Options:
              --workload W       what to do, see below (default put_sync)
              --dir D            the store's folder (default db); put workloads want a fresh one
              --n N              keys (default 1000)
              --value-bytes V    bytes of a value, at least 32 (default 100)
              --threads T        callers at once (default 1)
              --seed S           of keys' order and values (default 1)
              --order rand|seq   in which a load writes (default rand)
              --engine ours      accepted, so that all drivers take the same command line
              --micro            times single parts of the store instead, as a table for people
              --json             with --micro: one line of JSON for each part

            Workloads:
            \(workloads.joined(separator: "\n"))

            Example: a million documents of 100 bytes, then random reads by two threads
              sluice-bench --workload load --n 1000000 --dir /tmp/bench
              sluice-bench --workload get_random --n 1000000 --threads 2 --dir /tmp/bench

            """
    }
}
