import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

extension LogStore.RepairReport {
    /// What is lost, for people, a line each.
    var lines: [String] {
        var lines = damages.map(\.text)
        lines += lostKeys.map(\.text)
        if lostKeyCount > lostKeys.count {
            lines.append("\(lostKeyCount - lostKeys.count) more keys are lost or may be older")
        }
        lines += lostRevisions.map { revisions in
            (revisions.count == 1
                ? "revision \(revisions.lowerBound) is lost"
                : "revisions \(revisions.lowerBound) to \(revisions.upperBound) are lost")
                + ", and nobody can tell of which key"
        }
        if let lastSoundRevision {
            lines.append("the end of the log is lost behind revision \(lastSoundRevision)")
        }
        return lines
    }

    /// The same for programs.
    var facts: [(String, JSON)] {
        get throws {
            [
                ("records", JSON(records)), ("collections", JSON(collections)),
                ("recordsMended", JSON(recordsMended)), ("recordsLost", JSON(recordsLost)),
                ("bytesLost", JSON(bytesLost)),
                ("lastSoundRevision", lastSoundRevision.map { JSON(Int($0)) } ?? .null),
                ("lostRevisions", try JSON(array: lostRevisions.map { try $0.facts })),
                ("lostKeyCount", JSON(lostKeyCount)), ("leftOutCount", JSON(leftOutCount)),
                ("lostKeys", try JSON(array: lostKeys.map { try $0.facts })),
                ("damages", try JSON(array: damages.map { try $0.facts })),
            ]
        }
    }
}

extension ClosedRange<Int64> {
    fileprivate var facts: JSON {
        get throws { try JSON(array: [JSON(Int(lowerBound)), JSON(Int(upperBound))]) }
    }
}

extension LogStore.RepairReport.LostKey {
    /// What happened to the key, for people.
    fileprivate var text: String {
        let name = "\(Printable.quoted(collection)), key \(KeyText.shown(key))"
        let what =
            isKept
            ? "the older one is kept" : "the older one is left out"
        guard let found else { return "\(name): revision \(revision ?? 0) is lost" }
        guard let revision else {
            return "\(name): revision \(found) may be older than what was stored; it is "
                + (isKept ? "kept" : "left out")
        }
        return "\(name): revision \(revision) is lost, \(found) was found; \(what)"
    }

    fileprivate var facts: JSON {
        get throws {
            try JSON(object: [
                ("collection", JSON(collection)), KeyText.member(key),
                ("revision", revision.map { JSON(Int($0)) } ?? .null),
                ("found", found.map { JSON(Int($0)) } ?? .null), ("isKept", JSON(isKept)),
            ])
        }
    }
}
