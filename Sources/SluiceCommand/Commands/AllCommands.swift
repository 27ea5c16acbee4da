extension Command {
    /// All commands, in the order that help lists them.
    static let all: [Command] = [
        .list, .eval, .test, .graph, .schema, .format,
    ]
}
