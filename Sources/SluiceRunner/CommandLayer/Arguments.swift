import Sluice
import SluiceSystem

/// What stands on a command line, read by the declaration of its command.
struct Arguments: Sendable {
    /// The program that the command belongs to.
    let program: Program
    /// What stands there without a name, in order.
    private(set) var operands: [String] = []
    /// The first operand; empty where there is none.
    var first: String { operands.first ?? "" }
    /// Whether `--help` is there; nothing else is then checked.
    private(set) var wantsHelp = false
    private var values: [String: [String]] = [:]

    /// Reads what follows the command's name.
    ///
    /// What follows `--` is never an option; `-` and negative numbers are operands.
    init(
        _ words: [String], for command: Command, of program: Program
    ) throws(UsageError) {
        self.program = program
        wantsHelp = words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        guard !wantsHelp else { return }
        var rest = words[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !Arguments.isOption(word) {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try readOption(word, &rest, command)
            }
        }
        try checkOperands(command)
    }

    /// The value of an option, nil where it is not there.
    subscript(option: Option) -> String? { values[option.name]?.last }

    /// All values of an option that may be repeated, in order.
    func all(_ option: Option) -> [String] { values[option.name] ?? [] }

    /// Whether an option is there.
    func has(_ option: Option) -> Bool { values[option.name] != nil }

    private static func isOption(_ word: String) -> Bool {
        word.begins(with: "-") && word != "-" && word.dropFirst().first?.isNumber != true
    }

    private mutating func readOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ command: Command
    ) throws(UsageError) {
        let equals = word.firstIndex(ofASCII: "=")
        let name = String(word[..<(equals ?? word.endIndex)])
        guard let option = command.options.first(where: { $0.isNamed(name) }) else {
            throw UsageError(
                "there is no option \(name)",
                suggestion: Spelling.closest(
                    to: name, among: command.options.map { "--\($0.name)" } + ["--help"]))
        }
        if values[option.name] != nil, !option.isRepeatable {
            throw UsageError("\(name) is given twice")
        }
        if option.isFlag {
            guard equals == nil else { throw UsageError("\(name) takes no value") }
            values[option.name] = []
            return
        }
        let value: String
        if let equals {
            value = String(word[word.utf8.index(after: equals)...])
        } else if let next = rest.first, !next.begins(with: "--") {
            value = next
            rest.removeFirst()
        } else {
            throw UsageError("\(name) needs a value: \(option.usage)")
        }
        guard !value.isEmpty || !option.values.isPath else {
            throw UsageError("\(name) needs a value that is not empty: \(option.usage)")
        }
        if case .choice(let choices) = option.values, !choices.has(value) {
            throw UsageError(
                "\(name) is one of \(choices.joined(separator: ", ")), not `\(value)`",
                suggestion: Spelling.closest(to: value, among: choices))
        }
        values[option.name, default: []].append(value)
    }

    private func checkOperands(_ command: Command) throws(UsageError) {
        var left = operands.count
        for operand in command.operands {
            switch operand.count {
            case .one, .atLeastOne:
                guard left > 0 else { throw UsageError("\(operand.name) is missing") }
                left = operand.count == .one ? left - 1 : 0
            case .optional: left = max(0, left - 1)
            case .any: left = 0
            }
        }
        for (index, word) in operands.enumerated() where word.isEmpty {
            guard let operand = command.operands.prefix(index + 1).last, operand.values.isPath
            else { continue }
            throw UsageError("\(operand.name) is empty")
        }
        for (operand, word) in zip(command.operands, operands) {
            guard case .choice(let choices) = operand.values, !choices.has(word) else {
                continue
            }
            throw UsageError(
                "\(operand.name) is one of \(choices.joined(separator: ", ")), not `\(word)`",
                suggestion: Spelling.closest(to: word, among: choices))
        }
        guard left == 0 else {
            throw UsageError("`\(operands[operands.count - left])` is one argument too many")
        }
    }
}
