import SluiceJSON

/// Compares replies with what the model expects of the batch.
enum Replies {
    static func check(
        _ answer: Answer, at place: Int, _ life: Life, capacity: Int
    ) throws(Finding) {
        let entry = life.model.pending[place]
        if answer.port == "e", answer.message["code"]?.string == "disk_full" {
            let most =
                entry.lastingBefore + expiringBytes(life.model)
                + entry.batch.putBytes(life.model)
            guard most > capacity else {
                throw Finding(
                    "cap",
                    "disk_full, and \(most) of \(capacity) bytes would be used at most: "
                        + "\(answer.message.text.prefix(300))")
            }
            life.model.failFull(at: place)
            return
        }
        guard isRight(answer, entry, life.model) else {
            throw Finding(
                "answer",
                "batch \(entry.number), a \(entry.batch.port.rawValue) of "
                    + "\(shown(entry.batch, life.model)), expected \(entry.outcome), "
                    + "and the reply was \(answer.port): \(answer.message.text.prefix(400))")
        }
        if entry.lastingAfter > capacity, entry.lastingAfter > entry.lastingBefore {
            throw Finding(
                "cap",
                "\(entry.lastingAfter) bytes are used of \(capacity), and it was accepted: "
                    + "\(answer.message.text.prefix(300))")
        }
    }

    private static func isRight(_ answer: Answer, _ entry: Pending, _ model: Model) -> Bool {
        let message = answer.message
        switch entry.outcome {
        case .full: return false
        case .conflict(let operation, let revision):
            guard answer.port == "e", message["code"]?.string == "conflict",
                message["details"]?["revision"]?.int == revision
            else { return false }
            return entry.batch.port != .write || message["details"]?["operation"]?.int == operation
        case .written(let revisions):
            switch (entry.batch.port, answer.port) {
            case (.put, "p"): return message["revision"]?.int == revisions[0]
            case (.delete, "d"):
                return message["deleted"]?.bool == (revisions[0] != nil)
                    && message["revision"]?.int == revisions[0]
            case (.update, "u"):
                guard let revision = revisions[0], message["revision"]?.int == revision,
                    let value = message["value"]
                else { return false }
                return model.changes[revision - 1].value == StoredValue(value)
            case (.write, "w"):
                let told = message["revisions"].map { $0.elements.map(\.int) } ?? []
                return told == revisions
            default: return false
            }
        }
    }

    private static func expiringBytes(_ model: Model) -> Int {
        model.expiring.reduce(0) { sum, key in
            sum + (model.changes[model.newest[key]].value.map { model.size(key, $0) } ?? 0)
        }
    }

    private static func shown(_ batch: Batch, _ model: Model) -> String {
        batch.operations.prefix(6).map { operation in
            let condition = operation.ifRevision.map { " if \($0)" } ?? ""
            return switch operation.kind {
            case .put(let value, _, let seconds):
                "put \(model.keys.shown(operation.key)) \(value.length) bytes"
                    + (seconds.map { " for \($0) s" } ?? "") + condition
            case .delete: "delete \(model.keys.shown(operation.key))\(condition)"
            case .append: "append to \(model.keys.shown(operation.key))\(condition)"
            case .patch: "patch of \(model.keys.shown(operation.key))\(condition)"
            }
        }.joined(separator: ", ")
    }
}
