import Sluice
import SluiceJSON

// What the input ports of a document store take.
extension DocumentStore {
    /// Stores a value under a key.
    struct Put: Message {
        var collection = ""
        var key = ""
        var value = JSON.null
        var ifRevision: Int?
        var ttlSeconds: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "1 to 32,768 bytes of UTF-8")
            try m.required("value", &value, about: "Any JSON")
            try m.optional("ifRevision", &ifRevision, .atLeast(0), about: Self.aboutRevision)
            try m.optional(
                "ttlSeconds", &ttlSeconds, .atLeast(1),
                about: "The value is absent after so many seconds")
        }

        static let aboutRevision = "Only if the key has this revision; 0: only if it is absent"
    }

    /// Reads the value of a key.
    struct Get: Message {
        var collection = ""
        var key = ""
        var asOf: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "The key")
            try m.optional("asOf", &asOf, .atLeast(0), about: aboutAsOf)
        }
    }

    static let aboutAsOf = "A kept revision: answers as the store was then"

    /// Removes a key.
    struct Delete: Message {
        var collection = ""
        var key = ""
        var ifRevision: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "The key")
            try m.optional("ifRevision", &ifRevision, .atLeast(0), about: Put.aboutRevision)
        }
    }

    /// Looks through a range of keys; `prefix`, `start` and `end` intersect.
    struct Find: Message {
        var collection = ""
        var prefix: String?
        var start: String?
        var end: String?
        var after: String?
        var limit: Int?
        var reverse = false
        var keysOnly = false
        var condition: StoreConditionText?
        var args: JSON?
        var asOf: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.optional("prefix", &prefix, about: "Keys that begin so")
            try m.optional("start", &start, about: "The smallest key, inclusive")
            try m.optional("end", &end, about: "The key to stop before")
            try m.optional("after", &after, about: "Goes on behind this key: a reply's `next`")
            try m.optional("limit", &limit, .atLeast(0), about: "The most items; 0 for all")
            try m.optional("reverse", &reverse, about: "From the largest key to the smallest")
            try m.optional("keysOnly", &keysOnly, about: "Leaves the values out")
            try m.optional(
                "where", &condition,
                about: "An expression without braces that has to be true; `$` is the value")
            try m.optional("args", &args, about: "What `args` stands for in `where`")
            try m.optional("asOf", &asOf, .atLeast(0), about: aboutAsOf)
            try m.rule(on: ["where", "args"]) { () throws(Failure) in
                let arguments = args ?? .emptyObject
                guard let name = condition?.expression.missingArgument(in: arguments) else {
                    return
                }
                throw .invalid("`where` reads `\(name)`, which is not there", at: "$.args")
            }
        }
    }

    /// Changes a value in one atomic step, by `patch` or by `append`.
    struct Update: Message {
        var collection = ""
        var key = ""
        var patch: JSON?
        var append: JSON?
        var keepLast: Int?
        var ifRevision: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "The key; an absent one is made")
            try m.optional("patch", &patch, about: "A JSON Merge Patch (RFC 7396)")
            try m.optional("append", &append, about: "One item for the end of an array")
            try m.optional(
                "keepLast", &keepLast, .atLeast(1), about: "How many items stay, the newest")
            try m.optional("ifRevision", &ifRevision, .atLeast(0), about: Put.aboutRevision)
            for rule in Self.rules { try m.rule(rule) }
        }

        private static let rules: [MemberRule] = [
            .either("patch", "append"), .only("keepLast", with: "append"),
        ]
    }

    /// Puts and deletes that happen together or not at all.
    struct Write: Message {
        var operations: [Operation] = []

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "operations", &operations,
                about: "Each key once; conditions look at the state before")
            try m.rule(on: ["operations"], checkKeys)
        }

        /// - Throws: ``Sluice/Failure`` (`invalid_message`) for a key that is there twice.
        private func checkKeys() throws(Failure) {
            struct Place: Hashable {
                var collection: [UInt8]
                var key: [UInt8]
            }
            var places: [Place: Int] = [:]
            for (index, operation) in operations.enumerated() {
                let place = Place(
                    collection: Array(operation.collection.utf8), key: Array(operation.key.utf8))
                if let first = places.updateValue(index, forKey: place) {
                    throw .invalid(
                        "operations[\(first)] has the key \"\(operation.key)\" already",
                        at: "$.operations[\(index)].key")
                }
            }
        }
    }

    /// One step of a ``Write``.
    struct Operation: Message {
        var kind = "put"
        var collection = ""
        var key = ""
        var value: JSON?
        var ifRevision: Int?
        var ttlSeconds: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("op", &kind, .oneOf(["put", "delete"]), about: "What to do")
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "The key")
            try m.optional("value", &value, about: "Any JSON; a put needs it, a delete has none")
            try m.optional("ifRevision", &ifRevision, .atLeast(0), about: Put.aboutRevision)
            try m.optional(
                "ttlSeconds", &ttlSeconds, .atLeast(1),
                about: "The value is absent after so many seconds")
            for rule in Self.rules { try m.rule(rule) }
        }

        private static let rules: [MemberRule] = [
            .when("op", is: "put", with: ["value"]),
            .when("op", is: "delete", without: ["value", "ttlSeconds"]),
        ]
    }

    /// Lists the versions of a key that are kept.
    struct History: Message {
        var collection = ""
        var key = ""
        var limit: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection, about: "A declared collection")
            try m.required("key", &key, about: "The key")
            try m.optional("limit", &limit, .atLeast(0), about: "The most versions; 0 for all")
        }
    }
}
