extension Command {
    /// All commands, in the order that help lists them.
    static let all: [Command] = [
        .run, .list, .eval, .test, .graph, .schema, .format,
    ]
}
