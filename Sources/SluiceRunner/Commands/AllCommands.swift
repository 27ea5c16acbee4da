extension Command {
    /// All commands, in the order that help lists them.
    static let all: [Command] = [
        .run, .check, .test, .list, .describe, .eval, .graph, .schema, .format, .store,
        .completions,
    ]
}
