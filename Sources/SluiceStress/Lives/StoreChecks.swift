import SluiceJSON
import SluiceSystem

/// What `store stats` tells.
struct StoreStats {
    let records: Int
    let liveBytes: Int
    let revision: Int
    let horizon: Int
    let damages: Int

    init(_ json: JSON) throws(Finding) {
        guard let records = json["records"]?.int, let liveBytes = json["liveBytes"]?.int,
            let revision = json["revision"]?.int, let horizon = json["horizon"]?.int,
            let damages = json["damages"]?.int
        else { throw Finding("output", "stats is incomplete: \(json.text)") }
        self.records = records
        self.liveBytes = liveBytes
        self.revision = revision
        self.horizon = horizon
        self.damages = damages
    }
}

/// Checks of a store that nobody owns, by the commands that look.
extension Life {
    /// How much is looked at.
    enum Depth { case quick, whole }

    func stats(_ path: String) throws(Finding) -> StoreStats {
        try StoreStats(succeed(["store", "stats", path, "--json"]).json())
    }

    /// Runs a command that has to end with exit 0.
    @discardableResult
    func succeed(_ words: [String], name: String = "exit") throws(Finding) -> Sluice.Result {
        let result = try run(words)
        guard result.exitCode == 0 else {
            let output = String(decoding: result.output.prefix(400), as: UTF8.self)
            throw Finding(name, output.isEmpty ? result.shown : "\(result.shown)\n\(output)")
        }
        return result
    }

    /// All records of a store, by `store find`.
    func records(_ path: String, asOf: Int? = nil) throws(Finding) -> Records {
        var records = Records()
        for (place, name) in model.keys.collections.enumerated() {
            records.beginCollection()
            let moment = asOf.map { ["--as-of", String($0)] } ?? []
            let result = try succeed(
                ["store", "find"] + moment + ["--", path, name],
                name: asOf == nil ? "find" : "as-of")
            try Lines.each(result.output) { json throws(Finding) in
                try records.add(json, collection: place, keys: model.keys)
            }
        }
        return records
    }

    /// Finds out what a kill left, by commands that read the store as it lies there.
    func reconcile(_ path: String) throws(Finding) {
        guard !model.pending.isEmpty else { return }
        try model.reconcile(revision: stats(path).revision)
    }

    /// Compares everything that the commands tell of a store with a model.
    ///
    /// A store that is not whole lacks files that were removed and that an owner will make anew.
    func check(
        _ path: String, _ model: Model, _ depth: Depth, isWhole: Bool
    ) throws(Finding) {
        try attempt { () throws(Finding) in
            let result = try run(["store", "verify", path])
            let text = String(decoding: result.output.prefix(700), as: UTF8.self)
            guard result.exitCode == 0 || (result.exitCode == 1 && !isWhole) else {
                throw Finding("verify", "\(result.shown)\n\(text)")
            }
        }
        let from = Clock.wall()
        let stats = try stats(path)
        try attempt { () throws(Finding) in
            let records = try records(path)
            if let text = model.difference(records, from: from, through: Clock.wall()) {
                throw Finding("state", "by find: \(text)")
            }
        }
        try attempt { () throws(Finding) in
            try check(stats, model, at: from, isWhole)
        }
        try attempt { () throws(Finding) in
            guard stats.horizon <= model.floor else {
                throw Finding(
                    "horizon",
                    "history has to reach to revision \(model.floor), and reaches to "
                        + "\(stats.horizon); the newest is \(model.revision)")
            }
        }
        try attempt { () throws(Finding) in try checkSamples(path, model) }
        try attempt { () throws(Finding) in
            try checkLog(path, model, after: stats.horizon)
        }
        guard depth == .whole else { return }
        try attempt { () throws(Finding) in try checkHistories(path, model, stats.horizon) }
        try attempt { () throws(Finding) in try checkMoments(path, model, stats.horizon) }
        try attempt { () throws(Finding) in try checkExport(path, model) }
    }

    private func check(_ stats: StoreStats, _ model: Model, at from: Int, _ isWhole: Bool)
        throws(Finding)
    {
        let counted = model.counted(at: Clock.wall())
        guard stats.revision == model.revision else {
            throw Finding(
                "revision", "stats says revision \(stats.revision), and it is \(model.revision)")
        }
        guard counted.records ~= stats.records else {
            throw Finding(
                "stats", "stats counts \(stats.records) records, and there are \(counted.records)")
        }
        guard counted.bytes ~= stats.liveBytes else {
            throw Finding(
                "stats",
                "stats counts \(stats.liveBytes) live bytes, and there are \(counted.bytes)")
        }
        guard stats.damages == 0 || !isWhole else {
            throw Finding("stats", "stats counts \(stats.damages) damages")
        }
    }

    /// Reads a few keys one by one, newest changes among them.
    private func checkSamples(_ path: String, _ model: Model) throws(Finding) {
        for sample in 0..<3 {
            let key = sampleKey(model, newest: sample == 0)
            let from = Clock.wall()
            let record = try get(path, key)
            guard model.matches(model.newest[key], record, from: from, through: Clock.wall()) else {
                throw Finding(
                    "get",
                    "\(model.keys.shown(key)) has to be \(model.shown(model.newest[key])), "
                        + "and get finds \(record.map { "revision \($0.revision)" } ?? "nothing")")
            }
        }
    }

    func sampleKey(_ model: Model, newest: Bool = false) -> Int {
        guard model.revision > 0, newest || random.chance(70) else {
            return random.below(model.keys.count)
        }
        return model.changes[newest ? model.revision - 1 : random.below(model.revision)].key
    }

    /// One key by `store get`, which names it in Base64 as no other way can say every key.
    func get(_ path: String, _ key: Int) throws(Finding) -> Records.Record? {
        let name = String(decoding: Base64.encode(model.keys.keys[key]), as: UTF8.self)
        let result = try run(
            [
                "store", "get", "--json", "--base64", "--", path,
                model.keys.collection(of: key), name,
            ])
        guard let json = try? result.json() else { throw Finding("get", result.shown) }
        if result.exitCode == 1, json["found"]?.bool == false { return nil }
        guard result.exitCode == 0, let revision = json["revision"]?.int, let value = json["value"]
        else { throw Finding("get", result.shown) }
        return Records.Record(revision: revision, value: StoredValue(value))
    }

    private func checkExport(_ path: String, _ model: Model) throws(Finding) {
        let from = Clock.wall()
        let result = try succeed(["store", "export", path])
        var count = 0
        try Lines.each(result.output) { json throws(Finding) in
            count += 1
            guard let name = json["collection"]?.string,
                let place = model.keys.place(ofCollection: name), let text = json["key"]?.string,
                let key = model.keys.number(collection: place, key: text.utf8),
                let value = json["value"]
            else { throw Finding("export", "no record: \(json.text.prefix(300))") }
            let record = Records.Record(
                revision: model.newest[key] + 1, value: StoredValue(value))
            guard model.matches(model.newest[key], record, from: from, through: Clock.wall()) else {
                throw Finding(
                    "export",
                    "\(model.keys.shown(key)) is \(record.value.shown), and has to be "
                        + model.shown(model.newest[key]))
            }
        }
        let counted = model.counted(at: Clock.wall())
        guard counted.records ~= count else {
            throw Finding("export", "\(count) records, and there are \(counted.records)")
        }
    }
}
