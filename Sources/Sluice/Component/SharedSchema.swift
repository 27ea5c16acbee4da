import SluiceJSON
import SluiceSystem

/// A schema that copies of a port share: a schema is large, and ports are copied often.
final class SharedSchema: Sendable {
    let schema: Schema

    init(_ schema: Schema) { self.schema = schema }

    /// What a type of messages is declared for.
    private enum Use { case plain, request, reply }

    private struct Key: Hashable {
        let type: ObjectIdentifier
        let use: Use
    }

    /// The schemas of types: a flow may have thousands of nodes whose ports take the same messages.
    private static let known = Lock<[Key: SharedSchema]>([:])

    private static func of(
        _ type: any Field.Type, for use: Use, _ make: () -> Schema
    ) -> SharedSchema {
        let key = Key(type: ObjectIdentifier(type), use: use)
        if let shared = known.withLock({ $0[key] }) { return shared }
        let made = SharedSchema(make())
        return known.withLock { known in
            let shared = known[key] ?? made
            known[key] = shared
            return shared
        }
    }

    /// The schema of messages of a type.
    static func plain<T: Field>(_ type: T.Type) -> SharedSchema {
        of(type, for: .plain) { T.schema }
    }

    /// The schema of requests, which may have `context` beside their message.
    static func request<T: Message>(_ type: T.Type) -> SharedSchema {
        of(type, for: .request) {
            var schema = T.schema
            schema.properties.insert(
                Schema.Property(
                    "context", .any.described("Given back unchanged"), isRequired: false), at: 0)
            return schema
        }
    }

    /// The schema of replies, which give back the `context` of their request.
    static func reply<T: Message>(_ type: T.Type) -> SharedSchema {
        of(type, for: .reply) {
            var schema = T.schema
            schema.properties.insert(
                Schema.Property(
                    "context", .any.described("The request's context"), isRequired: true), at: 0)
            if let example = schema.example {
                let members = [("context", JSON.null)] + example.members.map { ($0.name, $0.value) }
                schema.example = try? JSON(object: members)
            }
            return schema
        }
    }
}
