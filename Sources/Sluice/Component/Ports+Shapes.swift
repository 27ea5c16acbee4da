public import SluiceJSON
import SluiceSystem

/// What is known of the messages that leave by an output, from the shape of those that arrive.
public struct OutputShape: Sendable {
    /// Their shape.
    public var schema: Schema
    /// What can never work for such messages, with its place in the settings.
    public var problems: [Failure]

    /// Creates a shape.
    public init(_ schema: Schema, problems: [Failure] = []) {
        self.schema = schema
        self.problems = problems
    }
}

// What a component tells checks beyond the types of its ports.
extension Ports {
    /// Says how the shape of what leaves by an output follows from the shape of what arrives.
    ///
    /// The function gets what is known of the messages of all inputs together. Only checks use it.
    public mutating func shape<T: Field>(
        _ output: Output<T>, _ infer: @escaping @Sendable (Schema) -> OutputShape
    ) {
        outputs[output.index].infer = infer
    }

    /// Gives a message of an output for people to see, where its type alone has no telling one.
    public mutating func example<T: Field>(_ output: Output<T>, _ message: JSON) {
        outputs[output.index].schema.example = message
    }

    /// What may leave by `error` of a node with these ports.
    public func failureReport(of node: String) -> JSON {
        guard let port = inputs.first else {
            return Failure("component_failed", "the source failed")
                .report(node: node, port: nil, message: .null)
        }
        return Failure.invalid("must be an object, found 7")
            .report(node: node, port: port.name, message: 7)
    }

    /// Says that messages leave by an output as they arrive.
    public mutating func passes<T: Field>(_ output: Output<T>) {
        shape(output) { OutputShape($0) }
    }

    /// Says more exactly what an input can handle, where settings rule values out.
    ///
    /// Only checks of values that are known before a run use it.
    public mutating func narrow(_ input: String, _ body: (inout Schema) -> Void) {
        guard let index = inputs.firstIndex(where: { $0.name.isSame(as: input) }) else { return }
        var schema = inputs[index].narrowed
        body(&schema)
        inputs[index].narrowed = schema
    }
}

extension Ports.Input {
    /// Why the port reads no message of this shape; nil where it may read some.
    ///
    /// The port's own type reads what is known of the message, so that a check and a run say the same.
    func refusal(of shape: Schema) -> Failure? {
        guard shape.anyOf.isEmpty else {
            var first: Failure?
            for alternative in shape.anyOf {
                guard let failure = refusal(of: alternative) else { return nil }
                first = first ?? failure
            }
            return first
        }
        guard shape.possibleTypes == .object, !shape.allowsOtherMembers else { return nil }
        var known: [(String, JSON)] = []
        var unknown: [String] = []
        for property in shape.properties {
            if property.isRequired, let value = property.schema.onlyValue {
                known.append((property.name, value))
            } else {
                unknown.append(property.name)
            }
        }
        return (try? JSON(object: known)).flatMap { refuses($0, unknown) }
    }
}

extension Schema {
    /// Changes the schema of a named member, where there is one.
    public mutating func narrow(_ name: String, _ body: (inout Schema) -> Void) {
        guard let index = properties.lastIndex(where: { $0.name.isSame(as: name) }) else { return }
        body(&properties[index].schema)
    }

    /// The shape of some values.
    public init(of values: [JSON]) {
        self.init(union: values.map { Schema(exactly: $0) })
    }

    /// The shape of the elements of the arrays among the values; nil where none is an array.
    public var elements: Schema? { possibleTypes.contains(.array) ? possibleItems : nil }
}

extension Failure {
    /// Something in a template or an expression of the settings that can never work.
    ///
    /// - Parameter isTest: Whether it is a condition, in which what is missing is false and does not
    ///   fail.
    public static func impossible(
        _ problem: Template.Problem, at path: String, isTest: Bool = false
    ) -> Failure {
        var details: [(String, JSON)] = [
            ("path", JSON(path + problem.path.dropFirst())), ("offset", JSON(problem.offset)),
            ("length", JSON(problem.length)),
        ]
        if let suggestion = problem.suggestion { details.append(("suggestion", JSON(suggestion))) }
        return Failure(
            isTest && !problem.isFailure || problem.isCaught ? neverTrueCode : "impossible",
            problem.message,
            details: try? JSON(object: details))
    }

    /// A setting that no message can be handled with.
    public static func impossible(_ text: String, at path: String) -> Failure {
        Failure("impossible", text, details: ["path": JSON(path)])
    }

    static let neverTrueCode = "never_true"
}
