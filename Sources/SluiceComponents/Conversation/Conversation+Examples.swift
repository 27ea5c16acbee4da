import SluiceJSON

// A message for each port of a conversation, as people may send or get it.
extension Conversation.Append {
    static var example: JSON? {
        ["conversationId": "alice", "messages": [["role": "user", "text": "hello"]]]
    }
}

extension Conversation.Get {
    static var example: JSON? { ["conversationId": "alice"] }
}

extension Conversation.Clear {
    static var example: JSON? { ["conversationId": "alice"] }
}

extension Conversation.Window {
    static var example: JSON? {
        ["conversationId": "alice", "messages": [["role": "user", "text": "hello"]]]
    }
}

extension Conversation.Cleared {
    static var example: JSON? { ["conversationId": "alice", "cleared": true] }
}
