import SluiceJSON

/// Reads all records by the flow itself, page by page, before anything is written.
final class OwnerLook {
    private let send: ([UInt8]) -> Void
    private var collection = 0
    private(set) var records = Records()
    private(set) var revision = 0
    private(set) var isDone = false
    /// Between which instants the pages were answered.
    let from = Clock.wall()

    init(_ keys: KeySpace, send: @escaping ([UInt8]) -> Void) {
        self.send = send
        ask(keys, after: nil)
    }

    private func ask(_ keys: KeySpace, after: String?) {
        let behind = after.map { ",\"after\":\(JSON($0).text)" } ?? ""
        let name = JSON(keys.collections[collection]).text
        send(Array("{\"p\":\"find\",\"m\":{\"context\":0,\"collection\":\(name)\(behind)}}\n".utf8))
    }

    func take(_ message: JSON, _ keys: KeySpace) throws(Finding) {
        guard let items = message["items"], let asOf = message["asOf"]?.int else {
            throw Finding("output", "no page: \(message.text.prefix(300))")
        }
        for item in items.elements {
            try records.add(item, collection: collection, keys: keys)
        }
        revision = asOf
        if let next = message["next"]?.string {
            ask(keys, after: next)
        } else if collection + 1 < keys.collections.count {
            collection += 1
            records.beginCollection()
            ask(keys, after: nil)
        } else {
            isDone = true
        }
    }
}

extension Opening {
    /// Finds out what a kill left, by the owner that recovers the store.
    func lookByOwner() throws(Finding) {
        let look = OwnerLook(life.model.keys) { [child] in child.send($0) }
        looking = look
        while !look.isDone, !child.hasEnded { try turn(20) }
        looking = nil
        guard look.isDone else { return }
        try life.model.reconcile(revision: look.revision)
        life.startedAt = look.revision...look.revision
        if let text = life.model.difference(look.records, from: look.from, through: Clock.wall()) {
            throw Finding("state", "behind a kill, by find in the flow: \(text)")
        }
    }
}
