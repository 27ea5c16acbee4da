import Glibc
import Testing

@testable import SluiceBench

/// Small runs against the real store; every one of them checks the values it reads.
@Suite struct SessionTests {
    private static let names = [
        "engine", "workload", "n", "value_bytes", "threads", "seconds", "ops_per_s", "p50_us",
        "p99_us", "p999_us", "bytes_on_disk", "max_rss_kb", "anon_rss_kb", "peak_bytes", "close_s",
        "cpu_s", "written_bytes",
    ]

    private func run(
        _ workload: Workload, in folder: TemporaryFolder, threads: Int = 1
    ) throws -> String {
        var arguments = BenchArguments()
        arguments.workload = workload
        arguments.count = 200
        arguments.threads = threads
        arguments.folder = folder.path
        return try Session(arguments).run()
    }

    @Test(arguments: [Workload.putSync, .putNoSync, .overwrite, .load, .bigPut], [1, 3])
    func whatAWorkloadWritesTheOthersFind(workload: Workload, threads: Int) throws {
        let folder = TemporaryFolder()
        let line = try run(workload, in: folder, threads: threads)
        #expect(line.hasPrefix(#"{"engine":"ours","workload":"\#(workload.rawValue)","n":200,"#))
        let names = line.dropFirst().split(separator: ",").map { $0.split(separator: "\"")[0] }
        #expect(names == Self.names.map { Substring($0) })
        guard workload != .overwrite else { return }
        for reading in [Workload.getRandom, .scanPrefix, .open, .bigGet] {
            _ = try run(reading, in: folder, threads: threads)
        }
    }

    @Test func readingWhatWasNotWrittenFails() throws {
        let folder = TemporaryFolder()
        #expect(throws: (any Error).self) { try run(.getRandom, in: folder) }
    }
}

/// A folder for one test that goes with the object.
private final class TemporaryFolder {
    let path = "/tmp/sluice-bench-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"

    deinit {
        guard let folder = opendir(path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                _ = name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unlinkat(dirfd(folder), $0, 0)
                }
            }
        }
        rmdir(path)
    }
}
