internal import SluiceJSON

extension Schema {
    /// The shape of a member or an element, and whether `omit` leaves it out, always or at times.
    struct Item {
        var schema: Schema
        var mayOmit = false
        var isOmit = false

        init(_ schema: Schema, mayOmit: Bool = false, isOmit: Bool = false) {
            self.schema = schema
            self.mayOmit = mayOmit
            self.isOmit = isOmit
        }
    }

    /// The shape of one value.
    init(exactly value: JSON) {
        switch value.kind {
        case .array:
            self.init(elements: value.elements.map { Item(Schema(exactly: $0)) })
            constant = value
        case .object:
            self.init(members: value.members.map { ($0.name, Item(Schema(exactly: $0.value))) })
            constant = value
        case .null, .bool, .number, .string:
            self.init(Types(of: value))
            enumeration = [value]
        }
    }

    /// An array of just these elements.
    init(elements: [Item]) {
        self.init(.array)
        let there = elements.filter { !$0.isOmit }
        if !there.isEmpty {
            let union = Schema(union: there.map(\.schema))
            if union != .any { items = [union] }
        }
        minimumItems = there.filter { !$0.mayOmit }.count
        maximumItems = there.count
    }

    /// An object of just these members; of those with one name the last counts.
    init(members: [(String, Item)]) {
        self.init(.object)
        var places: [[UInt8]: Int] = [:]
        for (name, item) in members where !item.isOmit {
            var property = Property(name, item.schema, isRequired: !item.mayOmit)
            property.isNamedByTemplate = true
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
