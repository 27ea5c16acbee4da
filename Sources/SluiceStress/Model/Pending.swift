import SluiceJSON

/// A batch that was sent, with what the model expects of it.
struct Pending: Sendable {
    enum Outcome: Equatable, Sendable {
        /// The revision of each operation; none for a delete of an absent key.
        case written([Int?])
        /// A condition that does not hold: which operation's, and the revision that the key has.
        case conflict(operation: Int, revision: Int)
        /// The cap left no room.
        case full
    }

    let number: Int
    let batch: Batch
    /// When it was sent, in wall milliseconds.
    let asked: Int
    /// How many changes there were before it.
    var start: Int
    var outcome: Outcome
    /// Bytes of lasting records before and after it, for the cap.
    var lastingBefore = 0
    var lastingAfter = 0
    /// The reply that came, and when; replies of several ports may come in another order.
    var answer: Answer?
    var answered = 0
}

/// A reply of the flow: the port's short name and the message.
struct Answer: Sendable {
    let port: String
    let message: JSON
}

extension Model {
    /// Enters a batch as if it were done next, and queues it until it is answered.
    mutating func send(_ batch: Batch, number: Int, now: Int) {
        var entry = Pending(
            number: number, batch: batch.withoutTexts, asked: now, start: revision, outcome: .full)
        enter(&entry)
        pending.append(entry)
    }

    /// Takes a batch that failed for lack of room out of the model; what follows is entered anew.
    mutating func failFull(at place: Int) {
        while revision > pending[place].start { removeLast() }
        pending[place].outcome = .full
        for later in pending.indices.dropFirst(place + 1) {
            pending[later].start = revision
            guard pending[later].outcome != .full else { continue }
            var entry = pending[later]
            enter(&entry)
            pending[later] = entry
        }
    }

    private mutating func enter(_ entry: inout Pending) {
        entry.lastingBefore = lastingBytes
        entry.outcome = enter(entry.batch, now: entry.asked)
        entry.lastingAfter = lastingBytes
    }

    private mutating func enter(_ batch: Batch, now: Int) -> Pending.Outcome {
        for (place, operation) in batch.operations.enumerated() {
            guard let wanted = operation.ifRevision else { continue }
            let has = presence(operation.key, at: now) == .absent ? 0 : newest[operation.key] + 1
            if has != wanted { return .conflict(operation: place, revision: has) }
        }
        var revisions: [Int?] = []
        for operation in batch.operations {
            let key = operation.key
            let isThere = presence(key, at: now) != .absent
            switch operation.kind {
            case .put(let value, _, let seconds):
                let expiry = seconds.map {
                    Expiry(earliest: now + $0 * 1000 - Expiry.slack, latest: .max)
                }
                append(key: key, value: value, expiry: expiry)
            case .delete:
                guard isThere else {
                    revisions.append(nil)
                    continue
                }
                append(key: key, value: nil, expiry: nil)
            case .append, .patch:
                let old = isThere ? changes[newest[key]].value : nil
                let expiry = isThere ? changes[newest[key]].expiry : nil
                append(key: key, value: operation.updated(old), expiry: expiry)
            }
            revisions.append(revision)
        }
        return .written(revisions)
    }
}

extension Batch {
    /// What its puts would count for, were nothing replaced.
    func putBytes(_ model: Model) -> Int {
        operations.reduce(0) { sum, operation in
            switch operation.kind {
            case .put(let value, _, _): sum + model.size(operation.key, value)
            case .append, .patch: sum + model.size(operation.key, StoredValue([])) + 512
            case .delete: sum
            }
        }
    }

    /// The batch without the texts that were written to the child already.
    fileprivate var withoutTexts: Batch {
        var batch = self
        for place in batch.operations.indices {
            if case .put(let value, _, let seconds) = batch.operations[place].kind {
                batch.operations[place].kind = .put(value, text: [], seconds: seconds)
            }
        }
        return batch
    }
}

extension Operation {
    /// What an update makes of the value that was there.
    func updated(_ old: StoredValue?) -> StoredValue {
        let json = old.flatMap { try? JSON(parsing: $0.short) }
        var text: [UInt8] = []
        switch kind {
        case .append(let item, let keepLast):
            let items = (json.map { Array($0.elements) } ?? []) + [JSON(item)]
            text.append(UInt8(ascii: "["))
            for (place, item) in items.suffix(keepLast).enumerated() {
                if place > 0 { text.append(UInt8(ascii: ",")) }
                item.write(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .patch(let member, let number):
            // RFC 7396: members keep their place, new ones come last, null removes one.
            var members = json.map { $0.members.map { ($0.name, $0.value.text) } } ?? []
            let place = members.firstIndex { $0.0 == member }
            switch (place, number) {
            case (let place?, let number?): members[place].1 = String(number)
            case (let place?, nil): members.remove(at: place)
            case (nil, let number?): members.append((member, String(number)))
            case (nil, nil): break
            }
            let inner = members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
            text = Array("{\(inner)}".utf8)
        case .put, .delete: break
        }
        return StoredValue(text)
    }
}
