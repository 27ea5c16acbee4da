import SluiceJSON

/// Checks the references of a schema's document: that they lead to schemas, and that none leads back to
/// itself without going into the value, which would never end.
struct SchemaReferences {
    private let document: SchemaDocument

    init(_ document: SchemaDocument) { self.document = document }

    /// - Throws: ``Failure``.
    func check(_ root: Schema) throws(Failure) {
        var targets: [String: Schema] = ["#": root]
        var order = ["#"]
        var next = 0
        while next < order.count {
            let references = targets[order[next]]?.references(goingDeeper: true) ?? []
            next += 1
            for reference in references where targets[reference.pointer] == nil {
                targets[reference.pointer] = try target(of: reference)
                order.append(reference.pointer)
            }
        }
        let places = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        let successors = order.map { pointer in
            (targets[pointer]?.references(goingDeeper: false) ?? []).compactMap {
                places[$0.pointer]
            }
        }
        for component in StrongComponents(successors: successors).components {
            guard component.count > 1 || successors[component[0]].contains(component[0]) else {
                continue
            }
            throw Schema.broken(
                "the reference `\(order[component[0]])` leads back to itself and says nothing")
        }
    }

    private func target(of reference: Schema.Reference) throws(Failure) -> Schema {
        do {
            return try reference.target()
        } catch {
            throw Schema.broken("what `\(reference.pointer)` leads to is no schema: \(error.text)")
        }
    }
}

extension Schema {
    /// The references in a schema.
    ///
    /// - Parameter goingDeeper: Whether those in the schemas of members and elements count too, or only
    ///   those that are about the value itself.
    fileprivate func references(goingDeeper: Bool) -> [Reference] {
        var inner = anyOf
        var found: [Reference] = []
        for assertion in assertions {
            switch assertion {
            case .reference(let reference): found.append(reference)
            case .allOf(let schemas), .oneOf(let schemas): inner += schemas
            case .not(let schema), .dependentSchema(_, let schema): inner.append(schema)
            case .conditional(let condition, let then, let otherwise):
                inner += [condition, then, otherwise].compactMap(\.self)
            case .propertyNames(let schema), .contains(let schema, _, _):
                if goingDeeper { inner.append(schema) }
            default: break
            }
        }
        if goingDeeper {
            inner += properties.map(\.schema) + patternProperties.map(\.schema)
            inner += otherMembers + prefixItems + items + definitions.map(\.schema)
        }
        return found + inner.flatMap { $0.references(goingDeeper: goingDeeper) }
    }
}
