import Glibc

extension JSON: Equatable {
    /// Whether both are the same value.
    ///
    /// Numbers are compared by their exact value, strings by Unicode scalars, objects irrespective of
    /// the order of their members; of members with one name the last counts. Does not recurse; the
    /// time is about linear in the text.
    public static func == (left: JSON, right: JSON) -> Bool {
        if left.place == right.place, left.document.isSame(as: right.document) { return true }
        return left.document.withTape { leftTape in
            right.document.withTape { rightTape in
                var comparison = TapeComparison(left: leftTape, right: rightTape)
                return comparison.areEqual(left.place, right.place)
            }
        }
    }
}

/// Compares values of two tapes with a list of pairs of containers that are still to be compared.
struct TapeComparison {
    let left: Tape
    let right: Tape
    private var pending: [(UInt32, UInt32)] = []

    /// Up to this many members are searched one by one.
    private static let smallObject = 8

    init(left: Tape, right: Tape) {
        self.left = left
        self.right = right
    }

    mutating func areEqual(_ a: UInt32, _ b: UInt32) -> Bool {
        guard enqueue(a, b) else { return false }
        while let (a, b) = pending.popLast() {
            guard left.node(a).isObject ? objectsAreEqual(a, b) : arraysAreEqual(a, b) else {
                return false
            }
        }
        return true
    }

    /// Compares scalars now, and containers of one kind later.
    ///
    /// Returns false for a difference.
    private mutating func enqueue(_ a: UInt32, _ b: UInt32) -> Bool {
        let nodeA = left.node(a)
        let nodeB = right.node(b)
        guard nodeA.kind == nodeB.kind else { return false }
        if nodeA.byteCount == nodeB.byteCount, haveSameText(nodeA, nodeB) { return true }
        switch nodeA.kind {
        case .null: return true
        case .bool: return false
        case .number:
            return NumberText(left.bytes(nodeA)).order(NumberText(right.bytes(nodeB))) == 0
        case .string:
            guard nodeA.hasEscapes || nodeB.hasEscapes else { return false }
            return left.order(nodeA, nodeB, in: right) == 0
        case .array, .object:
            pending.append((a, b))
            return true
        }
    }

    /// Whether the texts, of one length, are the same, which settles it for every kind.
    private func haveSameText(_ a: Node, _ b: Node) -> Bool {
        memcmp(left.text + Int(a.start), right.text + Int(b.start), a.byteCount) == 0
    }

    private mutating func arraysAreEqual(_ a: UInt32, _ b: UInt32) -> Bool {
        let (endA, endB) = (left.node(a).next, right.node(b).next)
        var (childA, childB) = (a + 1, b + 1)
        while childA < endA, childB < endB {
            guard enqueue(childA, childB) else { return false }
            childA = left.node(childA).next
            childB = right.node(childB).next
        }
        return childA >= endA && childB >= endB
    }

    private mutating func objectsAreEqual(_ a: UInt32, _ b: UInt32) -> Bool {
        let (countA, countB) = (left.node(a).count, right.node(b).count)
        if max(countA, countB) > Self.smallObject { return largeObjectsAreEqual(a, b) }
        if countA == countB, haveSameNames(a, b), hasDistinctNames(a) {
            return enqueueInOrder(a, b)
        }
        return isCovered(a, left, by: b, right) && isCovered(b, right, by: a, left)
            && enqueueMembers(a, b)
    }

    /// Whether both objects have the same names, without escapes, in the same order.
    private func haveSameNames(_ a: UInt32, _ b: UInt32) -> Bool {
        let (endA, endB) = (left.node(a).next, right.node(b).next)
        var (nameA, nameB) = (a + 1, b + 1)
        while nameA < endA, nameB < endB {
            let (nodeA, nodeB) = (left.node(nameA), right.node(nameB))
            guard !nodeA.hasEscapes, !nodeB.hasEscapes, nodeA.byteCount == nodeB.byteCount,
                haveSameText(nodeA, nodeB)
            else { return false }
            nameA = left.node(nameA + 1).next
            nameB = right.node(nameB + 1).next
        }
        return nameA >= endA && nameB >= endB
    }

    /// Whether no name comes twice in a small object of the left tape that has no escapes in names.
    private func hasDistinctNames(_ a: UInt32) -> Bool {
        let end = left.node(a).next
        var name = a + 1
        while name < end {
            let last = left.lastMember(of: a, named: left.content(left.node(name)))
            guard last == name + 1 else { return false }
            name = left.node(name + 1).next
        }
        return true
    }

    /// Compares the values of objects whose names are the same, distinct and in the same order.
    private mutating func enqueueInOrder(_ a: UInt32, _ b: UInt32) -> Bool {
        let end = left.node(a).next
        var (nameA, nameB) = (a + 1, b + 1)
        while nameA < end {
            guard enqueue(nameA + 1, nameB + 1) else { return false }
            nameA = left.node(nameA + 1).next
            nameB = right.node(nameB + 1).next
        }
        return true
    }

    /// Whether the second object has every name of the first.
    private func isCovered(
        _ object: UInt32, _ tape: Tape, by other: UInt32, _ otherTape: Tape
    ) -> Bool {
        var name = object + 1
        let end = tape.node(object).next
        while name < end {
            if lastMember(of: other, otherTape, named: tape.node(name), tape) == nil {
                return false
            }
            name = tape.node(name + 1).next
        }
        return true
    }

    private mutating func enqueueMembers(_ a: UInt32, _ b: UInt32) -> Bool {
        var name = a + 1
        let end = left.node(a).next
        while name < end {
            let node = left.node(name)
            if lastMember(of: a, left, named: node, left) == name + 1,
                let value = lastMember(of: b, right, named: node, left),
                !enqueue(name + 1, value)
            {
                return false
            }
            name = left.node(name + 1).next
        }
        return true
    }

    private func lastMember(
        of object: UInt32, _ tape: Tape, named name: Node, _ nameTape: Tape
    ) -> UInt32? {
        guard name.hasEscapes else {
            return tape.lastMember(of: object, named: nameTape.content(name))
        }
        var decoded = nameTape.string(name)
        return decoded.withUTF8 { tape.lastMember(of: object, named: $0) }
    }

    private mutating func largeObjectsAreEqual(_ a: UInt32, _ b: UInt32) -> Bool {
        let membersA = lastMembers(of: a, left)
        if membersA.count == left.count(left.node(a), at: a), haveSameNames(a, b) {
            return enqueueInOrder(a, b)
        }
        let membersB = lastMembers(of: b, right)
        guard membersA.count == membersB.count else { return false }
        for (name, value) in membersA {
            guard let other = membersB[name], enqueue(value, other) else { return false }
        }
        return true
    }

    /// The values by the bytes of their decoded names.
    private func lastMembers(of object: UInt32, _ tape: Tape) -> [[UInt8]: UInt32] {
        var members: [[UInt8]: UInt32] = [:]
        let node = tape.node(object)
        members.reserveCapacity(node.count)
        var name = object + 1
        while name < node.next {
            let nameNode = tape.node(name)
            let bytes =
                nameNode.hasEscapes
                ? Array(tape.string(nameNode).utf8) : Array(tape.content(nameNode))
            members[bytes] = name + 1
            name = tape.node(name + 1).next
        }
        return members
    }
}
