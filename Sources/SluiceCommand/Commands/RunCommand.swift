import Sluice
import SluiceJSON

extension Command {
    /// `sluice run`.
    static let run = Command(
        name: "run",
        summary: "Run a flow until its inputs have ended",
        discussion: """
            Messages of exported outputs without --out are printed as {"port": NAME, "message": ...},
            one a line. Ctrl-C or SIGTERM stops the inputs and finishes what is in flight.

            Exit codes: 0 all done; 1 messages failed and nothing handled them; 2 wrong command line;
            3 invalid flow; 4 stuck; 5 messages lost at shutdown; 6 could not start.
            """,
        operands: [Operand(name: "FLOW", about: "The flow file", values: .file)],
        options: RunRequest.options,
        examples: [
            "sluice run chat.json --in say=turns.jsonl --out saved=-",
            "tail -f turns.jsonl | sluice run chat.json --in say=- --set store.maxSizeMB=64",
        ]
    ) { arguments, terminal in
        let request = try RunRequest(arguments)
        let flow = try FlowSettings(arguments).load(
            arguments.first, dataDirectory: arguments[RunRequest.dataDirectory])
        terminal.hide(flow.secrets)
        // What every node's failures do is for `check` to tell, not for every run.
        terminal.report(flow.diagnostics.filter { !$0.isAboutOpenErrors })
        guard let plan = flow.plan else { return .invalid }
        try request.check(against: plan)
        return try await FlowSession(plan, request, arguments, terminal).run()
    }
}
