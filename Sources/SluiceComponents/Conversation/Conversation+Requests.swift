import Sluice
import SluiceJSON
import SluiceLogStore

extension Conversation {
    /// Adds messages to a conversation.
    struct Append: Message {
        var id = ""
        var messages: [JSON] = []

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id, .notBlank, about: aboutID)
            try m.required("messages", &messages, .items(1...Int.max), about: "The newest last")
        }

        /// Adds to what is kept, of which the newest `count` stay.
        func write(keepingLast count: Int) -> LogStore.Write {
            LogStore.Write([
                .update(collection: collection, key: Array(id.utf8)) { [id, messages] record in
                    let kept = try record.map { try Conversation.messages(of: $0.value, id) }
                    let all = try ArrayWindow.appending(
                        messages, to: kept ?? .emptyArray, keepingLast: count)
                    return try StoredValue.bytes(of: all, at: "$.messages")
                }
            ])
        }
    }

    /// Asks for what is kept of a conversation.
    struct Get: Message {
        var id = ""

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id, .notBlank, about: aboutID)
        }

        func answer(from store: LogStore) throws(Failure) -> Window {
            let record: LogStore.Record?
            do throws(LogStoreError) {
                record = try store.get(collection, Array(id.utf8))
            } catch {
                throw Failure(error)
            }
            guard let record else { return Window(id: id) }
            return Window(id: id, messages: try Conversation.messages(of: record.value, id))
        }
    }

    /// Forgets a conversation.
    struct Clear: Message {
        var id = ""

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id, .notBlank, about: aboutID)
        }

        func write() -> LogStore.Write {
            LogStore.Write([.delete(collection: collection, key: Array(id.utf8))])
        }
    }

    /// Answers ``Append`` and ``Get`` with all that is kept.
    struct Window: Message {
        var id = ""
        var messages = JSON.emptyArray

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id)
            try m.required("messages", &messages, about: "The newest last")
        }
    }

    /// Answers ``Clear``.
    struct Cleared: Message {
        var id = ""
        var cleared = false

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id)
            try m.required("cleared", &cleared, about: "Whether anything was kept")
        }
    }

    static let aboutID = "The conversation's id, not blank"

    /// What is kept of a conversation.
    ///
    /// - Throws: ``Failure`` (`corrupt`) that names the cure where it is no array.
    fileprivate static func messages(of bytes: [UInt8], _ id: String) throws(Failure) -> JSON {
        let problem: String
        do throws(JSONError) {
            let value = try JSON(parsing: bytes)
            guard value.kind != .array else { return value }
            problem = "it is no array but of kind \(value.kind)"
        } catch {
            problem = error.description
        }
        throw Failure(
            "corrupt",
            "conversation \"\(id)\": corrupt record: \(problem) (clear it to start over)",
            details: ["conversationId": JSON(id)])
    }
}

extension Conversation.Window {
    init(_ append: Conversation.Append, _ outcome: LogStore.Outcome) throws(Failure) {
        id = append.id
        messages = try Conversation.messages(of: outcome.items.first?.value ?? [], id)
    }
}

extension Conversation.Cleared {
    init(_ clear: Conversation.Clear, _ outcome: LogStore.Outcome) {
        id = clear.id
        cleared = outcome.items.first?.revision != nil
    }
}
