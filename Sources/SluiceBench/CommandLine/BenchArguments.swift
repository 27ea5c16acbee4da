/// What the command line asks for; the options are those of the other engines' drivers.
struct BenchArguments: Sendable, Equatable {
    /// The order in which a load writes.
    enum Order: String, Sendable {
        case random = "rand"
        case sequential = "seq"
    }

    enum Action: Equatable {
        case help
        case workload(BenchArguments)
        case micro(isJSON: Bool)
    }

    /// The name that the result line carries.
    static let engine = "ours"

    var workload = Workload.putSync
    var count: UInt64 = 1000
    var valueBytes = 100
    var threads = 1
    var folder = "db"
    var seed: UInt64 = 1
    var order = Order.random

    /// Understands the words behind the program's name.
    static func action(_ words: [String]) throws -> Action {
        if words.contains("--help") || words.contains("-h") { return .help }
        let isMicro = words.contains("--micro") || words.contains("micro")
        if isMicro {
            let known = ["--micro", "--workload", "micro", "--json"]
            if let word = words.first(where: { !known.contains($0) }) {
                throw BenchFailure("\(word) does not go with --micro; see --help")
            }
            return .micro(isJSON: words.contains("--json"))
        }
        var arguments = BenchArguments()
        var rest = words[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw BenchFailure("\(name) has no value") }
            try arguments.set(name, value)
        }
        return .workload(arguments)
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "--engine":
            guard value == Self.engine else {
                throw BenchFailure("--engine is \"\(Self.engine)\" here, not \"\(value)\"")
            }
        case "--workload": workload = try Self.choice(name, value)
        case "--order": order = try Self.choice(name, value)
        case "--dir": folder = value
        case "--n": count = try Self.number(name, value, from: 1, through: 1 << 40)
        case "--seed": seed = try Self.number(name, value, from: 0, through: .max)
        case "--threads": threads = Int(try Self.number(name, value, from: 1, through: 1024))
        case "--value-bytes":
            let least = UInt64(ValuePool.minimumByteCount)
            valueBytes = Int(try Self.number(name, value, from: least, through: 1 << 30))
        default: throw BenchFailure("\(name) is no option; see --help")
        }
    }

    private static func choice<T: RawRepresentable<String>>(
        _ name: String, _ value: String
    ) throws -> T {
        guard let choice = T(rawValue: value) else {
            throw BenchFailure("\(name) cannot be \"\(value)\"; see --help")
        }
        return choice
    }

    private static func number(
        _ name: String, _ value: String, from least: UInt64, through most: UInt64
    ) throws -> UInt64 {
        guard let number = UInt64(value), number >= least, number <= most else {
            throw BenchFailure("\(name) is a number from \(least) to \(most), not \"\(value)\"")
        }
        return number
    }
}
