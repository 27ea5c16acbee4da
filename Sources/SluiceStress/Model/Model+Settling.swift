/// What becomes of batches that were sent: answers that came in order, and what a kill left.
extension Model {
    /// Takes the first batches off the queue, which were answered as expected.
    mutating func settle(_ count: Int) {
        for entry in pending.prefix(count) {
            guard case .written(let revisions) = entry.outcome else { continue }
            let written = revisions.lazy.compactMap { $0 }.count
            acknowledge(
                entry.start..<entry.start + written, asked: entry.asked, answered: entry.answered)
        }
        pending.removeFirst(count)
    }

    /// Says that nothing more will be done: the process was killed before this instant.
    mutating func bound(_ instant: Int) {
        for entry in pending {
            guard case .written(let revisions) = entry.outcome else { continue }
            let written = revisions.lazy.compactMap { $0 }.count
            acknowledge(
                entry.start..<min(revision, entry.start + written), asked: entry.asked,
                answered: instant)
        }
    }

    /// The oldest revision that a store may have now: behind every batch that was answered.
    var leastRevision: Int {
        guard let last = pending.lastIndex(where: { $0.answer != nil }) else { return acknowledged }
        return last + 1 < pending.count ? pending[last + 1].start : revision
    }

    /// Takes back what a killed store did not do, given the revision that it has.
    ///
    /// Throws where something acknowledged is gone, a batch is there in part, or more was done than
    /// was asked for.
    mutating func reconcile(revision found: Int) throws(Finding) {
        guard found >= leastRevision else {
            throw Finding(
                "lost", "the store is at revision \(found), and \(leastRevision) was acknowledged")
        }
        guard found <= revision else {
            throw Finding(
                "revision", "the store is at revision \(found), and only \(revision) was asked for")
        }
        let isBoundary = found == revision || pending.contains { $0.start == found }
        guard isBoundary else {
            throw Finding(
                "atomic", "the store is at revision \(found), which is inside of a batch")
        }
        while revision > found { removeLast() }
        pending = []
    }

    /// Whether a record that was found, or none, is what a key had after a change.
    func matches(
        _ place: Int, _ record: Records.Record?, from: Int, through: Int
    ) -> Bool {
        guard let record else {
            return presence(ofChange: place, from: from, through: through) != .present
        }
        guard place >= 0, presence(ofChange: place, from: from, through: through) != .absent else {
            return false
        }
        return record.revision == place + 1 && record.value == changes[place].value
    }

    /// What a report says of a key's change.
    func shown(_ place: Int) -> String {
        guard place >= 0 else { return "nothing" }
        guard let value = changes[place].value else { return "a delete at revision \(place + 1)" }
        let expiry = changes[place].expiry.map { ", expires at \($0.earliest)…\($0.latest)" } ?? ""
        return "revision \(place + 1), \(value.shown)\(expiry)"
    }

    /// The first difference between records that were read and the model, if there is one.
    func difference(_ records: Records, from: Int, through: Int) -> String? {
        var wrong = 0
        var first: String?
        for key in newest.indices {
            let record = records.found[key]
            if matches(newest[key], record, from: from, through: through) { continue }
            wrong += 1
            if first == nil {
                let found = record.map { "revision \($0.revision), \($0.value.shown)" } ?? "nothing"
                first = "key \(keys.shown(key)) has to be \(shown(newest[key])), and is \(found)"
            }
        }
        return first.map { wrong == 1 ? $0 : "\($0); \(wrong) keys differ" }
    }

    /// Whether records are those of one moment between two revisions.
    func isSnapshot(
        _ records: Records, of collection: Int, after least: Int, from: Int, through: Int
    ) -> Bool {
        var model = self
        model.pending = []
        var wrong = Set(
            newest.indices.filter {
                keys.places[$0] == collection
                    && !model.matches(
                        model.newest[$0], records.found[$0], from: from, through: through)
            })
        while !wrong.isEmpty, model.revision > least {
            let key = model.removeLast()
            guard keys.places[key] == collection else { continue }
            let place = model.newest[key]
            if model.matches(place, records.found[key], from: from, through: through) {
                wrong.remove(key)
            } else {
                wrong.insert(key)
            }
        }
        return wrong.isEmpty
    }

    /// Bounds of what a store counts: records, and their bytes.
    ///
    /// Records that have expired may still be counted until they are compacted away.
    func counted(at instant: Int) -> (records: ClosedRange<Int>, bytes: ClosedRange<Int>) {
        var least = (lastingRecords, lastingBytes)
        var most = least
        for key in expiring {
            guard let value = changes[newest[key]].value else { continue }
            most = (most.0 + 1, most.1 + size(key, value))
            guard presence(key, at: instant) == .present else { continue }
            least = (least.0 + 1, least.1 + size(key, value))
        }
        return (least.0...most.0, least.1...most.1)
    }
}
