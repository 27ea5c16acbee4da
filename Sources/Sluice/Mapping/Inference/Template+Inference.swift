extension Template {
    /// The shape of the template's values, and what can never work, for messages of the shape
    /// `source`.
    ///
    /// A problem is certain: a path that no such message has, or an operand of the wrong type
    /// whatever the message. What only may go wrong, such as a path to an optional member, is none.
    /// The schema is wide where the expression's kind is not known.
    public func infer(from source: Schema) -> (schema: Schema, problems: [Problem]) {
        var inference = Inference(source: source)
        let schema = inference.schema(of: root, at: "$")
        return (schema, inference.problems)
    }
}

extension Expression {
    /// The shape of the expression's values, and what can never work, for messages of the shape
    /// `source`; `isTest` says that it has to be a boolean.
    ///
    /// What counts as a problem is described at ``Template/infer(from:)``; their `path` is `$`.
    public func infer(from source: Schema, isTest: Bool = false) -> (
        schema: Schema, problems: [Template.Problem]
    ) {
        var inference = Inference(source: source, form: isTest ? .test : .value)
        inference.enter("$", text)
        if isTest { inference.require(.boolean, of: root, for: "a test") }
        let schema = isTest ? Schema(.boolean) : inference.schema(of: root)
        return (schema, inference.problems)
    }
}

extension Expression {
    /// Why the expression, read as the condition of a query, fails for every document.
    var failuresOfQuery: [Template.Problem] {
        var inference = Inference(source: .any, form: .query)
        inference.enter("$", text)
        inference.require(.boolean, of: root, for: "a test")
        return inference.problems.filter(\.isFailure)
    }

    /// Whether some value may make it true or false; what never is cannot be a condition.
    public var mayBeCondition: Bool {
        switch root.kind {
        case .comparison, .and, .or, .not, .singular, .part: true
        default: !infer(from: .any).schema.possibleTypes.isDisjoint(with: .boolean)
        }
    }
}

extension Inference {
    /// The schema of a node of a template that stands at `path`.
    mutating func schema(of node: TemplateNode, at path: String) -> Schema {
        switch node {
        case .literal(let json):
            return Schema(exactly: json)
        case .expression(let leaf):
            enter(leaf.path, leaf.text)
            return schema(of: leaf.node)
        case .text(let text):
            for case .expression(let node, let source) in text.pieces {
                enter(text.path, source)
                if schema(of: node).possibleTypes == .null {
                    blame(node.span, "null has no text; give a default with `??`")
                }
            }
            return Schema(.string)
        case .array(let elements):
            var items: [Schema.Item] = []
            for (index, element) in elements.enumerated() {
                items.append(item(element, at: "\(path)[\(index)]"))
            }
            return Schema(elements: items)
        case .object(let members):
            var items: [(String, Schema.Item)] = []
            for member in members {
                let place = path + PathText.step(to: member.name)
                items.append((member.name, item(member.value, at: place)))
            }
            return Schema(members: items)
        }
    }

    private mutating func item(_ node: TemplateNode, at path: String) -> Schema.Item {
        let schema = schema(of: node, at: path)
        guard case .expression(let leaf) = node else { return Schema.Item(schema) }
        return Schema.Item(schema, mayOmit: leaf.node.mayOmit, isOmit: leaf.node.isOmit)
    }
}
