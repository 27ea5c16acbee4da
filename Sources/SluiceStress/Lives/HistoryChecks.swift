import SluiceJSON
import SluiceSystem

/// Checks of what was there before: the log, versions of a key, and moments.
extension Life {
    /// Every change behind a revision that history keeps, exactly and in order.
    func checkLog(_ path: String, _ model: Model, after revision: Int) throws(Finding) {
        let result = try succeed(["store", "log", path, "--json", "--after", String(revision)])
        var next = revision
        try Lines.each(result.output) { json throws(Finding) in
            let told = try Told(json, model.keys)
            guard told.revision == next + 1 else {
                let name =
                    next > revision
                    ? "log"
                    : told.revision > model.floor + 1 ? "reach" : "log-horizon"
                throw Finding(
                    name,
                    "revision \(told.revision) comes behind \(next); the horizon is "
                        + "\(revision), \(model.floor) is promised, \(model.revision) the newest")
            }
            try isTrue(told, model, name: "log")
            next = told.revision
        }
        guard next == model.revision else {
            throw Finding("log", "the log ends with revision \(next), and it is \(model.revision)")
        }
    }

    /// Whether a change that was told is the one of its revision.
    func isTrue(_ told: Told, _ model: Model, name: String) throws(Finding) {
        guard told.revision >= 1, told.revision <= model.revision else {
            throw Finding(name, "revision \(told.revision) was never given")
        }
        let change = model.changes[told.revision - 1]
        // What has expired may be told with its value, or as gone.
        let mayBeGone = change.expiry != nil && told.value == nil
        guard change.key == told.key, change.value == told.value || mayBeGone else {
            throw Finding(
                name,
                "\(model.shown(told.revision - 1)) of \(model.keys.shown(change.key)) is told as "
                    + "\(told.value?.shown ?? "a delete") of \(model.keys.shown(told.key))")
        }
    }

    /// The versions of a few keys, newest first, as far back as the horizon.
    func checkHistories(_ path: String, _ model: Model, _ horizon: Int) throws(Finding) {
        for _ in 0..<3 {
            let key = sampleKey(model)
            let name = String(decoding: Base64.encode(model.keys.keys[key]), as: UTF8.self)
            let result = try run(
                [
                    "store", "history", "--json", "--base64", "--", path,
                    model.keys.collection(of: key), name,
                ])
            guard result.exitCode == 0 || (result.exitCode == 1 && result.output.isEmpty) else {
                throw Finding("history", result.shown)
            }
            var place = model.newest[key]
            let now = Clock.wall()
            var revisions: [Int] = []
            try Lines.each(result.output) { json throws(Finding) in
                guard let revision = json["revision"]?.int, let kind = json["op"]?.string else {
                    throw Finding("output", json.text)
                }
                revisions.append(revision)
                let value = kind == "put" ? json["value"].map { StoredValue($0) } : nil
                let isRight =
                    place >= 0 && revision == place + 1
                    && (value == model.changes[place].value
                        || (value == nil && model.changes[place].expiry != nil))
                guard isRight || (place < 0 && kind == "delete") else {
                    throw Finding(
                        "history",
                        "\(model.keys.shown(key)): \(model.shown(place)) is told as "
                            + "\(json.text.prefix(200)); horizon \(horizon)")
                }
                if place >= 0 { place = model.changes[place].previous }
            }
            // What is left has to be older than the horizon, but for what was there right then.
            let wasThere =
                place + 1 == model.place(of: key, asOf: horizon) + 1
                && model.presence(ofChange: place, from: now, through: now) == .present
            let coversHorizon = revisions.contains { $0 <= horizon }
            guard place < horizon, !wasThere || coversHorizon else {
                throw Finding(
                    "history",
                    "\(model.keys.shown(key)): \(model.shown(place)) is missing behind "
                        + "\(revisions.suffix(5)); horizon \(horizon)")
            }
        }
    }

    /// All records as of a few revisions that history keeps, and a refusal of an older one.
    func checkMoments(_ path: String, _ model: Model, _ horizon: Int) throws(Finding) {
        guard horizon <= model.revision else {
            throw Finding("horizon", "\(horizon) is behind the newest revision \(model.revision)")
        }
        var moments = [horizon, model.revision]
        if horizon < model.revision { moments.append(random.number(horizon...model.revision)) }
        for moment in moments {
            let from = Clock.wall()
            let records = try records(path, asOf: moment)
            if let text = model.asOf(moment).difference(records, from: from, through: Clock.wall())
            {
                throw Finding("as-of", "as of revision \(moment), horizon \(horizon): \(text)")
            }
        }
        guard horizon > 0 else { return }
        let name = model.keys.collections[0]
        let result = try run(
            ["store", "find", "--as-of", String(horizon - 1), "--", path, name])
        guard result.exitCode == 1 else {
            throw Finding("as-of", "horizon \(horizon), and one before it: \(result.shown)")
        }
    }
}
