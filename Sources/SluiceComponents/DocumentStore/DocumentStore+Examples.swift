import SluiceJSON

// A message for each port of a document store, as people may send or get it.
extension DocumentStore.Put {
    static var example: JSON? {
        ["collection": "turns", "key": "alice/1", "value": ["text": "hello"]]
    }
}

extension DocumentStore.Get {
    static var example: JSON? { ["collection": "turns", "key": "alice/1"] }
}

extension DocumentStore.Delete {
    static var example: JSON? { ["collection": "turns", "key": "alice/1"] }
}

extension DocumentStore.Find {
    static var example: JSON? { ["collection": "turns", "prefix": "alice/", "limit": 10] }
}

extension DocumentStore.Update {
    static var example: JSON? {
        ["collection": "turns", "key": "alice/1", "patch": ["read": true]]
    }
}

extension DocumentStore.Write {
    static var example: JSON? {
        [
            "operations": [
                ["op": "put", "collection": "turns", "key": "alice/2", "value": ["text": "bye"]],
                ["op": "delete", "collection": "turns", "key": "alice/1"],
            ]
        ]
    }
}

extension DocumentStore.History {
    static var example: JSON? { ["collection": "turns", "key": "alice/1", "limit": 2] }
}

extension DocumentStore.PutReply {
    static var example: JSON? { ["collection": "turns", "key": "alice/1", "revision": 12] }
}

extension DocumentStore.GetReply {
    static var example: JSON? {
        [
            "collection": "turns", "key": "alice/1", "found": true, "value": ["text": "hello"],
            "revision": 12, "createdRevision": 12,
        ]
    }
}

extension DocumentStore.DeleteReply {
    static var example: JSON? {
        ["collection": "turns", "key": "alice/1", "deleted": true, "revision": 13]
    }
}

extension DocumentStore.FindReply {
    static var example: JSON? {
        [
            "collection": "turns",
            "items": [["key": "alice/1", "value": ["text": "hello"], "revision": 12]],
            "count": 1, "asOf": 13,
        ]
    }
}

extension DocumentStore.UpdateReply {
    static var example: JSON? {
        [
            "collection": "turns", "key": "alice/1", "value": ["text": "hello", "read": true],
            "revision": 14,
        ]
    }
}

extension DocumentStore.WriteReply {
    static var example: JSON? { ["revisions": [15, 16]] }
}

extension DocumentStore.Change {
    static var example: JSON? {
        [
            "collection": "turns", "key": "alice/1", "op": "put", "value": ["text": "hello"],
            "revision": 12,
        ]
    }
}

extension DocumentStore.HistoryReply {
    static var example: JSON? {
        [
            "collection": "turns", "key": "alice/1",
            "versions": [["revision": 12, "op": "put", "value": ["text": "hello"]]], "count": 1,
        ]
    }
}
