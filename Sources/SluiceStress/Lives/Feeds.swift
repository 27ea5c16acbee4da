import SluiceJSON

/// A cursor of a change feed, and between which revisions it may stand.
struct Cursor {
    let name: String
    var low: Int
    var high: Int
    /// Whether a run with it ended well; until then it may begin at the present again.
    var isKept = false
    /// Whether history before it may have ended.
    var mayBeGone = false
}

/// Where the changes of an opening begin.
enum ChangeSource {
    case now, start
    case revision(Int)
    case cursor(String)
}

/// Change feeds: every change, in order, without a hole.
extension Life {
    /// Draws where changes begin, and sets it.
    func drawSource() -> ChangeSource {
        let source: ChangeSource
        switch random.below(5) {
        case 0: source = .now
        case 1: source = .start
        case 2:
            source = .revision(
                random.number(min(model.floor, model.acknowledged)...model.acknowledged))
        default:
            if cursors.isEmpty || random.chance(10) {
                cursors.append(
                    Cursor(
                        name: "cursor \(cursors.count) of \(nextNumber)", low: model.acknowledged,
                        high: model.revision))
            }
            source = .cursor(random.pick(cursors).name)
        }
        settings.changesFrom =
            switch source {
            case .now: "\"now\""
            case .start: "\"start\""
            case .revision(let revision): String(revision)
            case .cursor(let name): "{\"cursor\":\(JSON(name).text)}"
            }
        return source
    }

    /// Judges what an opening told of changes.
    func judge(_ opening: Opening, _ source: ChangeSource?) throws(Finding) {
        guard let source else { return }
        let told = opening.told
        for (one, next) in zip(told, told.dropFirst()) where next.revision != one.revision + 1 {
            throw Finding(
                "feed",
                "the feed tells revision \(next.revision) behind \(one.revision) "
                    + "(of \(told.count) told, \(model.revision) revisions)")
        }
        for change in told where change.revision <= model.revision {
            try isTrue(change, model, name: "feed")
        }
        let (low, high) = bounds(of: source)
        if let gone = opening.goneSource {
            let isAllowed = low < model.floor || cursor(source)?.mayBeGone == true
            forget(source)
            guard isAllowed else {
                throw Finding(
                    "feed-gone",
                    "changes from \(low) on are promised (\(model.floor)), and the feed "
                        + "says \(gone.text.prefix(300))")
            }
            return
        }
        if let first = told.first {
            guard low + 1...max(low, high) + 1 ~= first.revision else {
                throw Finding(
                    "feed",
                    "the feed begins with revision \(first.revision), and has to begin "
                        + "behind \(low)…\(high)")
            }
        }
        if opening.endedCleanly {
            guard told.last?.revision == model.revision || (told.isEmpty && high >= model.revision)
            else {
                throw Finding(
                    "feed",
                    "the feed tells \(told.count) changes up to "
                        + "\(told.last?.revision ?? low), and the newest is \(model.revision)")
            }
        }
        move(source, opening)
    }

    private func cursor(_ source: ChangeSource) -> Cursor? {
        guard case .cursor(let name) = source else { return nil }
        return cursors.first { $0.name == name }
    }

    private func bounds(of source: ChangeSource) -> (low: Int, high: Int) {
        switch source {
        case .now: return (startedAt.lowerBound, startedAt.upperBound)
        case .start: return (0, 0)
        case .revision(let revision): return (revision, revision)
        case .cursor:
            guard let cursor = cursor(source) else { return (0, model.revision) }
            return (
                cursor.low, cursor.isKept ? cursor.high : max(cursor.high, startedAt.upperBound)
            )
        }
    }

    private func move(_ source: ChangeSource, _ opening: Opening) {
        guard case .cursor(let name) = source,
            let place = cursors.firstIndex(where: { $0.name == name })
        else { return }
        let last = opening.told.last?.revision
        cursors[place].high = max(bounds(of: source).high, last ?? 0)
        guard opening.endedCleanly else { return }
        cursors[place].isKept = true
        if let last {
            cursors[place].low = last
            cursors[place].high = last
        }
    }

    private func forget(_ source: ChangeSource) {
        guard case .cursor(let name) = source else { return }
        cursors.removeAll { $0.name == name }
    }
}
