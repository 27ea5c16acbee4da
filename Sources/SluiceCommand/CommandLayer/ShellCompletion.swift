import Sluice
import SluiceComponents
import SluiceSystem

/// Scripts that complete command lines, made of the declared commands.
struct ShellCompletion {
    let commands: [Command]

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

    /// The program that prints the script, for shells that do not find it by its name.
    private static var program: String {
        quoted(Folder.resolved("/proc/self/exe"))
    }

    private var topWords: [String] { commands.map(\.name) + ["help", "--help", "--version"] }

    /// The words that a value can be; nil where it is a file, a folder or any text.
    private static func words(_ values: Option.Values) -> [String]? {
        switch values {
        case .choice(let choices): choices
        case .component: ComponentRegistry.builtIn.names
        case .none, .text, .file, .folder, .names: nil
        }
    }

    // MARK: bash

    /// For `source <(sluice completions bash)`.
    var bash: String {
        var cases = leaves.map { leaf in
            """
                '\(leaf.name)')
                    case "$previous" in
            \(leaf.options.compactMap(ShellCompletion.bashCase).joined())        esac
                    if [[ $current == -* ]]; then
                        words='\(leaf.options.map { "--\($0.name)" }.joined(separator: " "))'
                    else
                        \(ShellCompletion.bashOperand(leaf.command))
                    fi ;;

            """
        }
        cases += groups.map { group in
            "    '\(group.name)') words='\(group.subcommands.map(\.name).joined(separator: " "))' ;;\n"
        }
        return """
            # bash completion for sluice
            # Names that stand in a flow file or a store on the command line.
            _sluice_names() {
                local program name
                program=$(type -P "${COMP_WORDS[0]}") || program='\(ShellCompletion.program)'
                while IFS= read -r name; do
                    [[ $name == "$current"* ]] || continue
                    [[ $name == *= ]] && compopt +o filenames -o nospace 2>/dev/null
                    COMPREPLY+=("$(printf '%q' "$name")")
                done < <("$program" completions bash --names "$1" -- "${COMP_WORDS[@]:1}" 2>/dev/null)
            }
            _sluice() {
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
            complete -o filenames -F _sluice sluice

            """
    }

    private static func bashCase(_ option: Option) -> String? {
        guard !option.isFlag else { return nil }
        return
            "        --\(option.name)) \(bashAction(option.values)); \(bashEnd(option.values))return ;;\n"
    }

    private static func bashEnd(_ values: Option.Values) -> String {
        words(values) == nil ? "" : #"COMPREPLY=($(compgen -W "$words" -- "$current")); "#
    }

    private static func bashAction(_ values: Option.Values) -> String {
        if let words = words(values) { return "words='\(words.joined(separator: " "))'" }
        switch values {
        case .file: return #"COMPREPLY=($(compgen -f -- "$current"))"#
        case .folder: return #"COMPREPLY=($(compgen -d -- "$current"))"#
        case .names(let kind): return "_sluice_names \(kind.rawValue)"
        default: return "COMPREPLY=()"
        }
    }

    private static func bashOperand(_ command: Command) -> String {
        ([operandValues(command)] + names(command)).map(bashAction).joined(separator: "; ")
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

    /// For a file `_sluice` in a folder of `$fpath`.
    var zsh: String {
        let cases = leaves.map { leaf -> String in
            let operands = leaf.command.operands.map { operand in
                let repeats = operand.count == .any || operand.count == .atLeastOne
                return
                    "'\(repeats ? "*" : ""):\(operand.name):\(ShellCompletion.zshAction(operand.values))'"
            }
            let options = leaf.options.map(ShellCompletion.zshOption)
            return """
                    '\(leaf.name)')
                        _arguments \\
                            \((options + operands).joined(separator: " \\\n                    "))
                        ;;

                """
        }
        let groupCases = groups.map { group in
            "        '\(group.name)') \(ShellCompletion.zshList(group.subcommands)) ;;\n"
        }
        return """
            #compdef sluice
            # Names that stand in a flow file or a store on the command line.
            _sluice_names() {
                local -a names
                names=("${(@f)$($_sluice_program completions zsh --names $1 -- $words 2>/dev/null)}")
                if [[ $1 == collections ]]; then compadd -- $names; else compadd -S '' -- $names; fi
            }
            _sluice() {
                local -a commands
                local _sluice_program=${(Q)words[1]}
                local command=$words[2] depth=2
                if (( CURRENT == 2 )); then
                    \(ShellCompletion.zshList(commands))
                    return
                fi
                while (( CURRENT > depth + 1 )); do
                    case $command in
                    \(groupPattern)) (( depth += 1 )); command="$command $words[depth]" ;;
                    *) break ;;
                    esac
                done
                words=(sluice "${(@)words[depth + 1, -1]}")
                (( CURRENT -= depth - 1 ))
                case $command in
            \((cases + groupCases).joined())    esac
            }
            # The file may be sourced, or loaded by the first completion.
            if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi

            """
    }

    private static func zshList(_ commands: [Command]) -> String {
        let list = commands.map { "'\($0.name):\(quoted($0.summary))'" }.joined(separator: " ")
        return "commands=(\(list)); _describe command commands"
    }

    private static func zshOption(_ option: Option) -> String {
        let about = quoted(option.about).replacing("[", with: "\\[").replacing("]", with: "\\]")
        let start = option.isRepeatable ? "*" : ""
        guard !option.isFlag else { return "'\(start)--\(option.name)[\(about)]'" }
        let value = quoted(option.value).replacing(":", with: "\\:")
        return "'\(start)--\(option.name)=[\(about)]:\(value):\(zshAction(option.values))'"
    }

    private static func zshAction(_ values: Option.Values) -> String {
        if let words = words(values) { return "(\(words.joined(separator: " ")))" }
        switch values {
        case .file: return "_files"
        case .folder: return "_files -/"
        case .names(let kind): return "_sluice_names \(kind.rawValue)"
        default: return " "
        }
    }

    /// The text inside single quotes.
    private static func quoted(_ text: String) -> String { text.replacing("'", with: #"'\''"#) }

    // MARK: fish

    /// For a file `sluice.fish` in fish's folder of completions.
    var fish: String {
        var lines = ["# fish completion for sluice", "complete -c sluice -f"]
        let none = "-n __fish_use_subcommand"
        for command in commands {
            lines.append(
                "complete -c sluice \(none) -a \(command.name) -d \(ShellCompletion.fish(command.summary))"
            )
        }
        lines.append("complete -c sluice \(none) -l help -d 'Explain'")
        lines.append("complete -c sluice \(none) -l version -d 'Print the version'")
        for group in groups {
            let names = group.subcommands.map(\.name).joined(separator: " ")
            let seen =
                "\(ShellCompletion.fishSeen(group.path)); and not __fish_seen_subcommand_from \(names)"
            for command in group.subcommands {
                lines.append(
                    "complete -c sluice -n '\(seen)' -a \(command.name) -d \(ShellCompletion.fish(command.summary))"
                )
            }
        }
        for leaf in leaves {
            let start = "complete -c sluice -n '\(ShellCompletion.fishSeen(leaf.path))'"
            for option in leaf.options {
                let value = option.isFlag ? "" : " -r\(ShellCompletion.fishAction(option.values))"
                lines.append(
                    "\(start) -l \(option.name)\(value) -d \(ShellCompletion.fish(option.about))")
            }
            let values =
                [ShellCompletion.operandValues(leaf.command)] + ShellCompletion.names(leaf.command)
            for action in values.map(ShellCompletion.fishAction) where !action.isEmpty {
                lines.append("\(start)\(action)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishSeen(_ path: [String]) -> String {
        path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
    }

    private static func fishAction(_ values: Option.Values) -> String {
        if let words = words(values) { return " -a '\(words.joined(separator: " "))'" }
        switch values {
        case .file: return " -F"
        case .folder: return " -a '(__fish_complete_directories)'"
        case .names(let kind):
            return " -a '(sluice completions fish --names \(kind.rawValue) -- (commandline -opc))'"
        default: return ""
        }
    }

    private static func fish(_ text: String) -> String {
        "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
}
