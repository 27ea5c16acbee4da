import Testing

@testable import SluiceBench

@Suite struct BenchArgumentsTests {
    @Test func theCommandLineOfTheOtherDriversIsUnderstood() throws {
        let line = """
            --engine ours --workload crash_load --n 50 --value-bytes 1000 --threads 2 \
            --dir some/where --seed 7 --order seq
            """
        var expected = BenchArguments()
        expected.workload = .crashLoad
        expected.count = 50
        expected.valueBytes = 1000
        expected.threads = 2
        expected.folder = "some/where"
        expected.seed = 7
        expected.order = .sequential
        let words = line.split(separator: " ").map(String.init)
        #expect(try BenchArguments.action(words) == .workload(expected))
    }

    @Test(arguments: [["--micro"], ["--workload", "micro"]])
    func microBenchmarksHaveTwoNames(words: [String]) throws {
        #expect(try BenchArguments.action(words) == .micro(isJSON: false))
        #expect(try BenchArguments.action(words + ["--json"]) == .micro(isJSON: true))
    }

    @Test(arguments: [
        ["--engine", "leveldb"], ["--workload", "none"], ["--n", "0"], ["--n", "many"],
        ["--value-bytes", "31"], ["--threads"], ["--colour", "red"], ["--micro", "--n", "1"],
    ])
    func whatIsNotUnderstoodIsRefused(words: [String]) {
        #expect(throws: BenchFailure.self) { try BenchArguments.action(words) }
    }

    @Test func helpNamesEveryWorkload() throws {
        #expect(try BenchArguments.action(["--workload", "load", "--help"]) == .help)
        for workload in Workload.allCases {
            #expect(BenchHelp.text.contains("  \(workload.rawValue) "))
        }
    }
}
