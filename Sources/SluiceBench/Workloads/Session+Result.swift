extension Session {
    /// The line of JSON that every driver prints.
    func resultLine(anonymousKilobytes: Int, closeSeconds: Double) -> String {
        let peak = ProcessUsage.peak
        let members: [(String, String)] = [
            ("engine", "\"\(BenchArguments.engine)\""),
            ("workload", "\"\(arguments.workload.rawValue)\""),
            ("n", "\(arguments.count)"),
            ("value_bytes", "\(arguments.valueBytes)"),
            ("threads", "\(arguments.threads)"),
            ("seconds", seconds.fixed(6)),
            ("ops_per_s", (seconds > 0 ? Double(operations) / seconds : 0).fixed(1)),
            ("p50_us", histogram.microseconds(0.5).fixed(2)),
            ("p99_us", histogram.microseconds(0.99).fixed(2)),
            ("p999_us", histogram.microseconds(0.999).fixed(2)),
            ("bytes_on_disk", "\(ProcessUsage.bytesOnDisk(arguments.folder))"),
            ("max_rss_kb", "\(peak.kilobytes)"),
            ("anon_rss_kb", "\(anonymousKilobytes)"),
            ("peak_bytes", "\(peakBytes)"),
            ("close_s", closeSeconds.fixed(3)),
            ("cpu_s", peak.processorSeconds.fixed(3)),
            ("written_bytes", "\(ProcessUsage.writtenBytes)"),
        ]
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
