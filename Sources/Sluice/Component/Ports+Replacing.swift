public import SluiceJSON

extension Ports {
    /// Gets the input port and the message, and gives what leaves by which ports.
    public typealias Stand =
        @Sendable (_ port: String, _ message: JSON) -> [(port: String, message: JSON)]

    /// The same ports with one function that handles them all, and nothing that starts or emits by
    /// itself: what stands in for a node in a test.
    ///
    /// A message that does not fit its port fails as it would at the node itself. What the function
    /// gives for a reply port gets the request's `context` unless it has one; what it gives for
    /// `error` becomes a failure with its `code`, `error`, `retryable`, `diskFull` and `details`.
    public func handled(by handle: @escaping Stand) -> Ports {
        var ports = Ports()
        ports.outputs = outputs
        ports.allowsConcurrency = allowsConcurrency
        ports.reasonForNoErrorPort = reasonForNoErrorPort
        ports.declaresFailures = declaresFailures
        let outputs = outputs
        let declaration = ports.declaration
        ports.inputs = inputs.map { input in
            let handler = Handler.sync { message, turn in
                if let mismatch = input.schema.mismatches(message).first {
                    throw Failure.invalid(mismatch.text, at: mismatch.pathText)
                }
                for (port, value) in handle(input.name, message) {
                    if let index = outputs.firstIndex(where: { $0.name == port }) {
                        let reply = outputs[index].replying(with: value, to: message)
                        let output = Output<JSON>(
                            index: index, carriesContext: false, declaration: declaration)
                        try turn.emit(reply, on: output)
                    } else {
                        turn.fail(Failure(report: value))
                    }
                }
            }
            return Input(
                name: input.name, schema: SharedSchema(input.schema), about: input.about,
                causes: input.causes, handler: handler)
        }
        return ports
    }

    /// Declares an input whose handler does nothing.
    mutating func declareInput(_ name: String, _ schema: Schema, _ about: String) {
        inputs.append(
            Input(
                name: name, schema: SharedSchema(schema), about: about, causes: nil,
                handler: .sync { _, _ in }))
    }

    /// Declares an input with a handler that takes what comes as it is.
    mutating func addInput(
        _ name: String, _ schema: Schema, _ about: String, _ handler: Handler, causes: [String]?
    ) {
        inputs.append(
            Input(
                name: name, schema: SharedSchema(schema), about: about, causes: causes,
                handler: handler))
    }

    /// Declares an output that nothing emits on.
    mutating func declareOutput(_ name: String, _ schema: Schema) {
        _ = output(name, JSON.self)
        outputs[outputs.count - 1].schema = schema
    }
}

extension Ports.OutputPort {
    /// Whether the port gives back the `context` of the request.
    private var isReply: Bool {
        schema.properties.first.map { $0.name == "context" && $0.isRequired } ?? false
    }

    /// What leaves by the port where `value` was given for it.
    package func replying(with value: JSON, to request: JSON) -> JSON {
        guard isReply, value.kind == .object, value["context"] == Optional<JSON>.none else {
            return value
        }
        let context = [("context", request["context"] ?? .null)]
        return (try? JSON(object: context + value.members.map { ($0.name, $0.value) })) ?? value
    }
}

extension Failure {
    /// A failure as a report gives it.
    fileprivate init(report: JSON) {
        self.init(
            report["code"]?.string ?? "failed", report["error"]?.string ?? "the stand-in failed",
            isRetryable: report["retryable"]?.bool ?? false,
            isDiskFull: report["diskFull"]?.bool ?? false, details: report["details"])
    }
}
