import Sluice
import SluiceSystem

/// Scripts that complete command lines, made of the declared commands.
///
/// A shell can have those of several programs: their functions have the names of the programs.
struct ShellCompletion {
    private let program: Program

    init(of program: Program) { self.program = program }

    private var commands: [Command] { program.commands }
    /// The name of the program as a shell reads it.
    private var name: String { Self.word(program.name) }
    /// The name in a comment.
    private var title: String { Printable.line(program.name) }
    /// The function that completes; no other program has one of this name.
    private var function: String { "_\(Self.identifier(program.name))" }
    /// The function for names that stand in a flow file or a store.
    private var namesFunction: String { "\(function):names" }

    /// A command with what people type before its options or subcommands.
    private struct Place {
        let path: [String]
        let command: Command

        var options: [Option] { command.options + [.help] }
        var subcommands: [Command] { command.subcommands }
        var name: String { path.joined(separator: " ") }
    }

    private var places: [Place] { Self.places(of: commands, below: []) }
    /// The commands that do something.
    private var leaves: [Place] { places.filter(\.subcommands.isEmpty) }
    /// Those that have others below them.
    private var groups: [Place] { places.filter { !$0.subcommands.isEmpty } }

    private static func places(of commands: [Command], below path: [String]) -> [Place] {
        commands.flatMap { command in
            let path = path + [command.name]
            return [Place(path: path, command: command)]
                + places(of: command.subcommands, below: path)
        }
    }

    /// What a shell's `case` compares with to find a group.
    private var groupPattern: String {
        groups.isEmpty ? "-" : groups.map { "'\($0.name)'" }.joined(separator: "|")
    }

    /// The file of the program that prints the script, for shells that do not find it by its name.
    private static var file: String {
        quoted(Folder.resolved("/proc/self/exe"))
    }

    /// A text that may be part of a function's name in every shell, and no other text's: what is
    /// not a letter, a digit, `_`, `-` or `.` stands as its bytes.
    private static func identifier(_ text: String) -> String {
        text.utf8.map { byte in
            isPlain(byte)
                ? String(UnicodeScalar(byte))
                : ":" + Hexadecimal.text(byte, digits: 2).uppercased()
        }.joined()
    }

    /// A text as one word of a command line in bash and zsh.
    private static func word(_ text: String) -> String {
        text.utf8.allSatisfy(isPlain) ? text : "'\(quoted(text))'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private var topWords: [String] { commands.map(\.name) + ["help", "--help", "--version"] }

    /// The words that a value can be; nil where it is a file, a folder or any text.
    private func words(_ values: Option.Values) -> [String]? {
        switch values {
        case .choice(let choices): choices
        case .component: program.components.names.filter { $0.utf8.allSatisfy(Self.isPlain) }
        case .none, .text, .file, .folder, .names: nil
        }
    }

    // MARK: bash

    /// For `source <(… completions bash)`.
    var bash: String {
        var cases = leaves.map { leaf in
            """
                '\(leaf.name)')
                    case "$previous" in
            \(leaf.options.compactMap(bashCase).joined())        esac
                    if [[ $current == -* ]]; then
                        words='\(leaf.options.map { "--\($0.name)" }.joined(separator: " "))'
                    else
                        \(bashOperand(leaf.command))
                    fi ;;

            """
        }
        cases += groups.map { group in
            "    '\(group.name)') words='\(group.subcommands.map(\.name).joined(separator: " "))' ;;\n"
        }
        return """
            # bash completion for \(title)
            # Names that stand in a flow file or a store on the command line.
            \(namesFunction)() {
                local program name
                program=$(type -P "${COMP_WORDS[0]}") || program='\(Self.file)'
                while IFS= read -r name; do
                    [[ $name == "$current"* ]] || continue
                    [[ $name == *= ]] && compopt +o filenames -o nospace 2>/dev/null
                    COMPREPLY+=("$(printf '%q' "$name")")
                done < <("$program" completions bash --names "$1" -- "${COMP_WORDS[@]:1}" 2>/dev/null)
            }
            \(function)() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
                local command='' words='' i
                # bash takes `=` for a word of its own.
                if [[ $current == '=' ]]; then
                    current=''
                elif [[ $previous == '=' ]]; then
                    previous=${COMP_WORDS[COMP_CWORD-2]}
                fi
                for ((i = 1; i < COMP_CWORD; i++)); do
                    [[ ${COMP_WORDS[i]} == -* ]] && break
                    case "$command" in
                    '') command=${COMP_WORDS[i]} ;;
                    \(groupPattern)) command+=" ${COMP_WORDS[i]}" ;;
                    esac
                done
                COMPREPLY=()
                case "$command" in
                '') words='\(topWords.joined(separator: " "))' ;;
                help) words='\(commands.map(\.name).joined(separator: " "))' ;;
            \(cases.joined())    esac
                if [[ -n $words ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                fi
            }
            complete -o filenames -F \(function) \(name)

            """
    }

    private func bashCase(_ option: Option) -> String? {
        guard !option.isFlag else { return nil }
        return
            "        --\(option.name)) \(bashAction(option.values)); \(bashEnd(option.values))return ;;\n"
    }

    private func bashEnd(_ values: Option.Values) -> String {
        words(values) == nil ? "" : #"COMPREPLY=($(compgen -W "$words" -- "$current")); "#
    }

    private func bashAction(_ values: Option.Values) -> String {
        if let words = words(values) { return "words='\(words.joined(separator: " "))'" }
        switch values {
        case .file: return #"COMPREPLY=($(compgen -f -- "$current"))"#
        case .folder: return #"COMPREPLY=($(compgen -d -- "$current"))"#
        case .names(let kind): return "\(namesFunction) \(kind.rawValue)"
        default: return "COMPREPLY=()"
        }
    }

    private func bashOperand(_ command: Command) -> String {
        ([Self.operandValues(command)] + Self.names(command)).map(bashAction).joined(
            separator: "; ")
    }

    /// The kinds of names among the operands of a command.
    private static func names(_ command: Command) -> [Option.Values] {
        command.operands.map(\.values).filter { if case .names = $0 { true } else { false } }
    }

    /// What an operand can be, for shells that do not tell one operand from the next.
    ///
    /// Where one of them is a file, files and folders.
    private static func operandValues(_ command: Command) -> Option.Values {
        let values = command.operands.map(\.values)
        let file = values.first { if case .file = $0 { true } else { false } }
        return file ?? values.first ?? .none
    }

    // MARK: zsh

    /// For a file named `_` and the program's name in a folder of `$fpath`.
    var zsh: String {
        let cases = leaves.map { leaf -> String in
            let operands = leaf.command.operands.map { operand in
                let repeats = operand.count == .any || operand.count == .atLeastOne
                return
                    "'\(repeats ? "*" : ""):\(operand.name):\(zshAction(operand.values))'"
            }
            let options = leaf.options.map(zshOption)
            return """
                    '\(leaf.name)')
                        _arguments \\
                            \((options + operands).joined(separator: " \\\n                    "))
                        ;;

                """
        }
        let groupCases = groups.map { group in
            "        '\(group.name)') \(Self.zshList(group.subcommands)) ;;\n"
        }
        return """
            #compdef \(name)
            # Names that stand in a flow file or a store on the command line.
            \(namesFunction)() {
                local -a names
                names=("${(@f)$($_program completions zsh --names $1 -- $words 2>/dev/null)}")
                if [[ $1 == collections ]]; then compadd -- $names; else compadd -S '' -- $names; fi
            }
            \(function)() {
                local -a commands
                local _program=${(Q)words[1]}
                local command=$words[2] depth=2
                if (( CURRENT == 2 )); then
                    \(Self.zshList(commands))
                    return
                fi
                while (( CURRENT > depth + 1 )); do
                    case $command in
                    \(groupPattern)) (( depth += 1 )); command="$command $words[depth]" ;;
                    *) break ;;
                    esac
                done
                words=(\(name) "${(@)words[depth + 1, -1]}")
                (( CURRENT -= depth - 1 ))
                case $command in
            \((cases + groupCases).joined())    esac
            }
            # The file may be sourced, or loaded by the first completion.
            if [[ $funcstack[1] == \(function) ]]; then \(function) "$@"; else compdef \(function) \(name); fi

            """
    }

    private static func zshList(_ commands: [Command]) -> String {
        let list = commands.map { "'\($0.name):\(quoted($0.summary))'" }.joined(separator: " ")
        return "commands=(\(list)); _describe command commands"
    }

    private func zshOption(_ option: Option) -> String {
        let about = Self.quoted(option.about).replacing("[", with: "\\[").replacing(
            "]", with: "\\]")
        let start = option.isRepeatable ? "*" : ""
        guard !option.isFlag else { return "'\(start)--\(option.name)[\(about)]'" }
        let value = Self.quoted(option.value).replacing(":", with: "\\:")
        return "'\(start)--\(option.name)=[\(about)]:\(value):\(zshAction(option.values))'"
    }

    private func zshAction(_ values: Option.Values) -> String {
        if let words = words(values) { return "(\(words.joined(separator: " ")))" }
        switch values {
        case .file: return "_files"
        case .folder: return "_files -/"
        case .names(let kind): return "\(namesFunction) \(kind.rawValue)"
        default: return " "
        }
    }

    /// The text inside single quotes.
    private static func quoted(_ text: String) -> String { text.replacing("'", with: #"'\''"#) }

    // MARK: fish

    /// For a file named as the program, with `.fish`, in fish's folder of completions.
    var fish: String {
        let complete = "complete -c \(fishName)"
        var lines = ["# fish completion for \(title)", "\(complete) -f"]
        let none = "-n __fish_use_subcommand"
        for command in commands {
            lines.append(
                "\(complete) \(none) -a \(command.name) -d \(Self.fish(command.summary))"
            )
        }
        lines.append("\(complete) \(none) -l help -d 'Explain'")
        lines.append("\(complete) \(none) -l version -d 'Print the version'")
        for group in groups {
            let names = group.subcommands.map(\.name).joined(separator: " ")
            let seen =
                "\(Self.fishSeen(group.path)); and not __fish_seen_subcommand_from \(names)"
            for command in group.subcommands {
                lines.append(
                    "\(complete) -n '\(seen)' -a \(command.name) -d \(Self.fish(command.summary))"
                )
            }
        }
        for leaf in leaves {
            let start = "\(complete) -n '\(Self.fishSeen(leaf.path))'"
            for option in leaf.options {
                let value = option.isFlag ? "" : " -r\(fishAction(option.values))"
                lines.append(
                    "\(start) -l \(option.name)\(value) -d \(Self.fish(option.about))")
            }
            let values =
                [Self.operandValues(leaf.command)] + Self.names(leaf.command)
            for action in values.map(fishAction) where !action.isEmpty {
                lines.append("\(start)\(action)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishSeen(_ path: [String]) -> String {
        path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
    }

    private func fishAction(_ values: Option.Values) -> String {
        if let words = words(values) { return " -a '\(words.joined(separator: " "))'" }
        switch values {
        case .file: return " -F"
        case .folder: return " -a '(__fish_complete_directories)'"
        case .names(let kind):
            let names = "\(fishName) completions fish --names \(kind.rawValue)"
            return " -a \(Self.fish("(\(names) -- (commandline -opc))"))"
        default: return ""
        }
    }

    /// The name of the program as fish reads it.
    private var fishName: String {
        program.name.utf8.allSatisfy(Self.isPlain) ? program.name : Self.fish(program.name)
    }

    private static func fish(_ text: String) -> String {
        "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
}
