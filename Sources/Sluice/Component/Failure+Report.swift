package import SluiceJSON

// A failure as it leaves by `error`.
extension Failure {
    /// The same failure without secrets in what is said about it.
    func hiding(_ secrets: Secrets) -> Failure {
        guard !secrets.isEmpty else { return self }
        var failure = self
        failure.text = secrets.redacted(text)
        failure.details = details.map { secrets.redacted($0) }
        return failure
    }

    /// What leaves by `error`: the failure with the node and the message it belongs to.
    package func report(node: String, port: String?, message: JSON) -> JSON {
        var builder = JSONBuilder(maximumDepth: Outbox.maximumReplyDepth)
        write(to: &builder, node: node, port: port, message: message)
        if let report = try? builder.finish() { return report }
        // The message nests so deep that it does not fit inside another value.
        write(to: &builder, node: node, port: port, message: .null)
        return (try? builder.finish()) ?? .null
    }

    private func write(
        to builder: inout JSONBuilder, node: String, port: String?, message: JSON
    ) {
        builder.beginObject()
        builder.member("context", message.isNull ? .null : message["context"] ?? .null)
        builder.member("error", path.map { $0 == "$" ? text : "\($0): \(text)" } ?? text)
        builder.member("code", code)
        builder.member("node", node)
        builder.member("port", port.map { JSON($0) } ?? .null)
        builder.member("retryable", isRetryable)
        builder.member("diskFull", isDiskFull)
        builder.member("message", message)
        if let details { builder.member("details", details) }
        builder.endObject()
    }

    /// The shape of what leaves by `error`.
    static let reportSchema: Schema = {
        let members: [(String, Schema, String)] = [
            ("context", .any, "The message's `context`, or null"),
            ("error", Schema(.string), "What happened, for people"),
            ("code", Schema(.string), "A stable word for programs"),
            ("node", Schema(.string), "The node that failed"),
            ("port", Schema([.string, .null]), "The input port, null where there is none"),
            ("retryable", Schema(.boolean), "Whether the same message may succeed later"),
            ("diskFull", Schema(.boolean), "Whether the cause is a full store or device"),
            ("message", .any, "What was delivered"),
        ]
        var schema = Schema.object(
            members.map { Schema.Property($0, $1.described($2), isRequired: true) })
        schema.properties.append(
            Schema.Property(
                "details", Schema(.object).described("More facts for programs"), isRequired: false))
        return schema
    }()

    /// The same for checks of what certainly leaves.
    static let closedReportSchema = reportSchema.closed
}
