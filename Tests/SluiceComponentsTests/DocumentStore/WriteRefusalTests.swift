import SluiceJSON
import SluiceTesting
import Testing

/// A `write` that fails says which of its operations did.
@Suite struct DocumentStoreWriteRefusals {
    static func put(_ key: String, if revision: Int? = nil) throws -> JSON {
        var members: [(String, JSON)] = [
            ("op", "put"), ("collection", "c"), ("key", JSON(key)), ("value", 1),
        ]
        if let revision { members.append(("ifRevision", JSON(revision))) }
        return try JSON(object: members)
    }

    /// In a store with `a` at revision 1 and `b` at 2.
    static func details(_ operations: [JSON]) throws -> JSON? {
        let node = try store()
        try node.put("a", 1)
        try node.put("b", 1)
        let failure = try node.refusal(of: ["operations": JSON(array: operations)], at: "write")
        #expect(try node.ask("find", ["collection": "c"])["asOf"] == 2)
        return failure["details"]
    }

    @Test func theConflictingOperationIsNamed() throws {
        let only = try Self.details([Self.put("x"), Self.put("b", if: 1)])
        #expect(only == ["revision": 2, "operation": 1, "collection": "c", "key": "b"])
        let second = try Self.details([Self.put("a", if: 1), Self.put("b", if: 7)])
        #expect(second == ["revision": 2, "operation": 1, "collection": "c", "key": "b"])
        let first = try Self.details([Self.put("a", if: 7), Self.put("b", if: 8)])
        #expect(first == ["revision": 1, "operation": 0, "collection": "c", "key": "a"])
        let exists = try Self.details([Self.put("x", if: 0), Self.put("a", if: 0)])
        #expect(exists == ["revision": 1, "operation": 1, "collection": "c", "key": "a"])
        let absent = try Self.details([Self.put("b", if: 2), Self.put("x", if: 1)])
        #expect(absent == ["revision": 0, "operation": 1, "collection": "c", "key": "x"])
    }

    @Test func anOperationWithABadKeyIsNamed() throws {
        let empty = try Self.details([Self.put("x"), Self.put("")])
        #expect(empty == ["operation": 1, "collection": "c", "key": ""])
        let long = String(repeating: "k", count: 32_769)
        let large = try Self.details([Self.put(long)])
        #expect(large == ["operation": 0, "collection": "c", "key": JSON(long)])
    }

    @Test func aDeleteConflictsLikeAPut() throws {
        let delete: JSON = ["op": "delete", "collection": "c", "key": "a", "ifRevision": 2]
        let details = try Self.details([Self.put("x"), delete])
        #expect(details == ["revision": 1, "operation": 1, "collection": "c", "key": "a"])
    }
}
