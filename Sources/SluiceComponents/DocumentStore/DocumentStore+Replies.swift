import Sluice
import SluiceJSON

// What the output ports of a document store give.
extension DocumentStore {
    /// Answers ``Put``.
    struct PutReply: Message {
        var collection = ""
        var key = ""
        var revision = 0
        var expiresAt: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("revision", &revision, about: "The value's revision")
            try m.optional("expiresAt", &expiresAt, about: aboutExpiry)
        }
    }

    /// Answers ``Get``.
    struct GetReply: Message {
        var collection = ""
        var key = ""
        var found = false
        var value: JSON?
        var revision: Int?
        var expiresAt: Int?
        var createdRevision: Int?
        var updatedAt: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("found", &found, about: "Whether the key is there")
            try m.optional("value", &value, about: "The value, null too, where it is there")
            try m.optional("revision", &revision, about: "The value's revision")
            try m.optional("expiresAt", &expiresAt, about: aboutExpiry)
            try m.optional(
                "createdRevision", &createdRevision, about: "Since when the key was never absent")
            try m.optional("updatedAt", &updatedAt, about: aboutTime)
        }
    }

    /// Answers ``Delete``.
    struct DeleteReply: Message {
        var collection = ""
        var key = ""
        var deleted = false
        var revision: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("deleted", &deleted, about: "Whether the key was there")
            try m.optional("revision", &revision, about: "The revision of the delete")
        }
    }

    /// Answers ``Find``.
    struct FindReply: Message {
        var collection = ""
        var items: [Item] = []
        var count = 0
        var next: String?
        var skipped: Int?
        var damaged: [String]?
        var asOf = 0

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("items", &items, about: "In byte order of keys, or its reverse")
            try m.required("count", &count, about: "How many items there are")
            try m.optional(
                "next", &next, about: "There exactly when more may follow: give it as `after`")
            try m.optional(
                "skipped", &skipped,
                about: "There exactly when `where` failed for documents: how many")
            try m.optional(
                "damaged", &damaged,
                about: "There exactly when records that do not verify were passed over: their keys")
            try m.required("asOf", &asOf, about: "The store's revision that was searched")
        }
    }

    /// One document of a ``FindReply``.
    struct Item: Message {
        var key = ""
        var value: JSON?
        var revision = 0

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key)
            try m.optional("value", &value, about: "Left out with `keysOnly`")
            try m.required("revision", &revision)
        }
    }

    /// Answers ``Update``.
    struct UpdateReply: Message {
        var collection = ""
        var key = ""
        var value = JSON.null
        var revision = 0

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("value", &value, about: "The new value")
            try m.required("revision", &revision, about: "The value's revision")
        }
    }

    /// Answers ``Write``.
    struct WriteReply: Message {
        var revisions: [Taken] = []

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "revisions", &revisions,
                about: "One for each operation; null for a delete of an absent key")
        }
    }

    /// The revision that an operation took, if it took one.
    struct Taken: Field {
        var revision: Int?

        static let schema = Schema([.integer, .null])

        init(_ revision: Int?) { self.revision = revision }

        init(json: JSON) throws(Failure) { revision = json.isNull ? nil : try Int(json: json) }

        func append(to builder: inout JSONBuilder) { revision.append(to: &builder) }
    }

    /// A put or a delete that has happened.
    struct Change: Message {
        var collection = ""
        var key = ""
        var kind = "put"
        var value: JSON?
        var revision = 0
        var expiresAt: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("op", &kind, .oneOf(["put", "delete"]))
            try m.optional("value", &value, about: "The new value, for a put")
            try m.required("revision", &revision)
            try m.optional("expiresAt", &expiresAt, about: aboutExpiry)
        }
    }

    /// Answers ``History``.
    struct HistoryReply: Message {
        var collection = ""
        var key = ""
        var versions: [Version] = []
        var count = 0
        var damaged: [Int]?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("collection", &collection)
            try m.required("key", &key)
            try m.required("versions", &versions, about: "The newest first")
            try m.required("count", &count, about: "How many versions there are")
            try m.optional(
                "damaged", &damaged,
                about: "There exactly when versions do not verify: their revisions")
        }
    }

    /// One version of a ``HistoryReply``.
    struct Version: Message {
        var revision = 0
        var kind = "put"
        var value: JSON?
        var expiresAt: Int?
        var updatedAt: Int?

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("revision", &revision)
            try m.required(
                "op", &kind, .oneOf(["put", "delete"]), about: "`delete` also for what has expired")
            try m.optional("value", &value, about: "What was put")
            try m.optional("expiresAt", &expiresAt, about: aboutExpiry)
            try m.optional("updatedAt", &updatedAt, about: aboutTime)
        }
    }

    static let aboutTime = "When it was written, in milliseconds since 1970"
    static let aboutExpiry = "When the value ceases to exist, in milliseconds since 1970"
}
