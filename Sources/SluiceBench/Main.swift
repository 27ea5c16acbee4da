import Glibc

/// The program: runs one workload, or times single parts, and prints what it measured.
@main
struct Main {
    static func main() {
        do {
            switch try BenchArguments.action(Array(CommandLine.arguments.dropFirst())) {
            case .help: print(BenchHelp.text, terminator: "")
            case .workload(let arguments): print(try Session(arguments).run())
            case .micro(let isJSON): try MicroReport.print(isJSON: isJSON)
            }
        } catch {
            fail("\(error)")
        }
    }

    /// Ends with the message that the other drivers' users look for.
    private static func fail(_ message: String) -> Never {
        let line = Array("FAIL \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(1)
    }
}
