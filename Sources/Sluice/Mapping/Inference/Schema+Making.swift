internal import SluiceJSON

extension Schema {
    /// The shape of one value.
    init(exactly value: JSON) {
        switch value.kind {
        case .array:
            self.init(elements: value.elements.map { Schema(exactly: $0) })
        case .object:
            self.init(members: value.members.map { ($0.name, Schema(exactly: $0.value)) })
        case .null, .bool, .number, .string:
            self.init(Types(of: value))
            enumeration = [value]
        }
    }

    /// An array of just these elements.
    init(elements: [Schema]) {
        self.init(.array)
        if !elements.isEmpty {
            let union = Schema(union: elements)
            if union != .any { items = [union] }
        }
        minimumItems = elements.count
        maximumItems = elements.count
    }

    /// An object of just these members; of those with one name the last counts.
    init(members: [(String, Schema)]) {
        self.init(.object)
        var places: [[UInt8]: Int] = [:]
        for (name, schema) in members {
            let property = Property(name, schema, isRequired: true)
            if let place = places.updateValue(properties.count, forKey: Array(name.utf8)) {
                properties[place] = property
                places[Array(name.utf8)] = place
            } else {
                properties.append(property)
            }
        }
        allowsOtherMembers = false
    }

    /// What fits one of `schemas`; anything where there is none.
    ///
    /// Many alternatives become their kinds alone, so that a long list costs linear time.
    init(union schemas: [Schema]) {
        let most = 32
        var distinct: [Schema] = []
        for schema in schemas.flatMap(\.unionParts) where !distinct.contains(schema) {
            distinct.append(schema)
            guard distinct.count <= most else {
                self.init(schemas.reduce(Types()) { $0.union($1.types) })
                return
            }
        }
        if let first = distinct.first, distinct.count == 1 {
            self = first
        } else if distinct.isEmpty || distinct.contains(.any) {
            self = .any
        } else {
            self.init(distinct.reduce(Types()) { $0.union($1.types) })
            let areKinds = distinct.allSatisfy { $0 == Schema($0.types) }
            if !areKinds { anyOf = distinct }
        }
    }

    /// The alternatives of a schema that says no more than these, or the schema itself.
    private var unionParts: [Schema] {
        var bare = Schema(types)
        bare.anyOf = anyOf
        return anyOf.isEmpty || self != bare ? [self] : anyOf
    }
}
