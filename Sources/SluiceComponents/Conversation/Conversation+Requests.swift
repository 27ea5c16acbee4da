import Sluice
import SluiceJSON
import SluiceStore

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
        func write(keepingLast count: Int?) throws(Failure) -> Batch {
            guard messages.allSatisfy({ $0.depth < StoredValue.maximumDepth }) else {
                throw StoredValue.tooDeep(at: "$.messages")
            }
            return Batch([
                .merge(
                    RecordKey(Name(collection), Array(id.utf8)), operator: MergeOperators.append,
                    operand: MergeOperators.appending(messages, keepingLast: count))
            ])
        }

        /// What the store's refusal is to the flow.
        func failure(_ error: StoreError) -> Failure {
            // What is kept is no array, or no JSON.
            guard error.path == "$.append" || error.code == .corrupt && error.location == nil else {
                return Failure(error)
            }
            return Conversation.corrupt(id, error.text)
        }
    }

    /// Asks for what is kept of a conversation.
    struct Get: Message {
        var id = ""

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("conversationId", &id, .notBlank, about: aboutID)
        }

        func answer(from store: any Store) async throws(Failure) -> Window {
            let record: Record?
            do throws(StoreError) {
                record = try await store.get(Name(collection), Array(id.utf8))
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

        func write() -> Batch {
            Batch([.delete(RecordKey(Name(collection), Array(id.utf8)))])
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
        throw corrupt(id, problem)
    }

    /// What is kept of a conversation cannot be read.
    private static func corrupt(_ id: String, _ problem: String) -> Failure {
        Failure(
            "corrupt",
            "conversation \"\(id)\": corrupt record: \(problem) (clear it to start over)",
            details: ["conversationId": JSON(id)])
    }
}

extension Conversation.Window {
    init(_ append: Conversation.Append, _ outcome: BatchOutcome) throws(Failure) {
        id = append.id
        messages = try Conversation.messages(of: outcome.outcomes.first?.reply ?? [], id)
    }
}

extension Conversation.Cleared {
    init(_ clear: Conversation.Clear, _ outcome: BatchOutcome) {
        id = clear.id
        cleared = outcome.outcomes.first?.revision != nil
    }
}
