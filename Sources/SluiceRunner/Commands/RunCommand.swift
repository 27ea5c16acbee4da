import Sluice
import SluiceJSON

extension Command {
    /// `sluice run`.
    static let run = Command(
        name: "run",
        summary: "Run a flow until its inputs have ended",
        discussion: """
            Messages of exported outputs without --out are printed as {"port": NAME, "message": ...},
            one a line. Ctrl-C, SIGTERM or SIGHUP stops the inputs and finishes what is in flight. Files
            are made, or emptied, once every node has started; one that is read cannot be written.

            Exit codes: 0 all done; 1 messages failed and nothing handled them; 2 wrong command line;
            3 invalid flow; 4 stuck; 5 messages lost at shutdown; 6 could not start; 128 + signal where
            a signal stopped the run before a file had been read to its end, or before it had started.
            """,
        operands: [Operand(name: "FLOW", about: "The flow file", values: .file)],
        options: RunRequest.options,
        examples: [
            "\(.program) run chat.json --in say=turns.jsonl --out saved=-",
            "tail -f turns.jsonl | \(.program) run chat.json --in say=- --set store.maxSizeMB=64",
        ]
    ) { arguments, terminal in
        let request = try RunRequest(arguments)
        let stopper = RunStopper(drainTimeout: request.drainTimeout, terminal: terminal)
        stopper.listen()
        let flow = try FlowSettings(arguments).load(
            arguments.first, dataDirectory: arguments[RunRequest.dataDirectory])
        terminal.hide(flow.secrets)
        // What every node's failures do is for `check` to tell, not for every run.
        terminal.report(flow.diagnostics.filter { !$0.isAboutOpenErrors })
        if let facts = flow.facts { try request.check(against: facts) }
        guard let plan = flow.plan else { return flow.failureCode }
        try request.check(against: plan)
        return try await FlowSession(plan, request, arguments, stopper, terminal).run()
    }
}
