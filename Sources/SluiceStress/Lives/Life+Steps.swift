/// The steps that lives are made of.
extension Life {
    /// Does something with a generator of its own: how much it draws may depend on what a kill left,
    /// and the steps behind it must not.
    private func apart(_ body: () throws(Finding) -> Void) throws(Finding) {
        var own = random.split()
        swap(&own, &random)
        defer { swap(&own, &random) }
        try body()
    }

    /// An opening, a look at what it left, and something that is done by command.
    func takeStep(_ number: Int) throws(Finding) {
        try open(isFirst: number == 0)
        if random.chance(75) { try look(random.chance(35) ? .whole : .quick) }
        if random.chance(plan.rebuilds) { try apart(rebuild) }
        if random.chance(plan.compactions) { try apart(compact) }
        if random.chance(plan.backups) { try apart(backUp) }
        if random.chance(plan.restores) { try apart(goBack) }
        if random.chance(8) { try apart(importElsewhere) }
    }

    /// The last look: everything, before and behind compaction.
    func end() throws(Finding) {
        if plan.damages {
            try closeCleanly()
            return try damage()
        }
        begin("end", "\(model.revision) revisions at most")
        try look(.whole)
        try compact()
        try look(.whole)
        for backup in backups where random.chance(50) { try check(backup) }
    }

    private func open(isFirst: Bool) throws(Finding) {
        settings = plan.settings(
            &random, liveBytes: model.lastingBytes, isFirst: isFirst)
        let feeds = random.chance(plan.feeds)
        var cursor: ChangeSource?
        if feeds { try apart { () throws(Finding) in cursor = drawSource() } }
        let phases = feeds && random.chance(40) ? [] : plan.phases(&random, isFirst: isFirst)
        let ending = plan.ending(&random, phases)
        begin("open", "\(settings.shown); \(shown(phases)); \(ending.shown)")
        let canReconcile = model.pending.isEmpty
        if settings.keepRevisions == 0, settings.keepHours == 0, canReconcile {
            model.keep(settings)
        }
        let opening = try Opening(self, settings, phases, ending)
        opening.onlookersPerMille = plan.overfills ? 0 : random.chance(40) ? plan.onlookers : 0
        opening.looksOnEarly = !isFirst && random.chance(plan.looksEarly)
        opening.reads = random.chance(30) ? random.pick([1, 10]) : 0
        opening.lingers = random.chance(25) ? random.number(1...500) : 0
        startedAt = model.leastRevision...model.revision
        workload.random = random.split()
        try apart(opening.run)
        if opening.replies > 0 || opening.endedCleanly {
            hasCollections = true
            lacksFiles = false
        }
        model.keep(settings)
        try judge(opening, cursor)
        let settles = random.chance(65)
        if opening.endedCleanly || settles { try settleKill() }
    }

    /// Opens and closes, so that what follows is about a store that was closed cleanly.
    private func closeCleanly() throws(Finding) {
        begin("open", "to close cleanly")
        settings.changesFrom = nil
        let opening = try Opening(self, settings, [], .clean)
        try opening.run()
        hasCollections = true
        model.keep(settings)
    }

    /// Finds out by commands what a kill left, and finishes what waited for that.
    func settleKill() throws(Finding) {
        guard hasCollections else { return }
        try reconcile(path)
        for (folder, revision) in onlineBackups {
            guard revision <= model.revision else {
                throw Finding(
                    "lost", "a backup has revision \(revision), and the store \(model.revision)")
            }
            var past = model.asOf(revision)
            past.floor = min(model.floor, revision)
            backups.removeAll { $0.folder == folder }
            backups.append(Backup(folder: folder, model: past, cursors: []))
        }
        onlineBackups = []
    }

    func look(_ depth: Depth) throws(Finding) {
        guard hasCollections else {
            _ = random.split()
            return
        }
        try settleKill()
        try apart { () throws(Finding) in
            try check(path, model, depth, isWhole: !lacksFiles)
        }
    }

    private func compact() throws(Finding) {
        guard hasCollections else { return }
        try settleKill()
        let tells = random.chance(80)
        begin("compact", tells ? settings.keepOptions.joined(separator: " ") : "without options")
        try succeed(["store", "compact", path] + (tells ? settings.keepOptions : []))
        lacksFiles = false
        let horizon = try stats(path).horizon
        if tells { model.keep(settings) }
        try attempt { () throws(Finding) in
            guard horizon <= model.floor else {
                throw Finding(
                    tells ? "horizon" : "hand-compact",
                    "history has to reach to revision \(model.floor) behind compaction by hand, "
                        + "and reaches to \(horizon)")
            }
        }
        model.floor = max(model.floor, horizon)
        try look(.quick)
    }

    /// Removes what can be made anew: the manifest, runs, or both.
    private func rebuild() throws(Finding) {
        guard hasCollections else { return }
        let names = Files.names(in: path)
        let runs = names.filter { $0.hasSuffix(".run") }
        let gone: [String]
        switch random.below(3) {
        case 0: gone = ["MANIFEST"]
        case 1: gone = ["MANIFEST"] + runs
        default: gone = runs.isEmpty ? ["MANIFEST"] : [random.pick(runs)]
        }
        begin("rebuild", "without \(gone.joined(separator: ", "))")
        for name in gone { Files.remove("\(path)/\(name)") }
        lacksFiles = true
        try settleKill()
        // History may end with it.
        model.floor = model.revision
        for place in cursors.indices { cursors[place].mayBeGone = true }
        guard random.chance(60) else { return }
        try look(random.chance(50) ? .whole : .quick)
    }

    /// Exports, imports into a new store, and compares.
    private func importElsewhere() throws(Finding) {
        guard hasCollections else { return }
        try settleKill()
        begin("import", "an export into a new store")
        let file = "\(folder)/export.jsonl"
        let other = newFolder("imported")
        try succeed(["store", "export", path, "--output", file])
        try succeed(["store", "import", other, file])
        let from = Clock.wall()
        try succeed(["store", "verify", other], name: "verify")
        for (place, name) in model.keys.collections.enumerated() {
            let result = try run(["store", "find", "--", other, name])
            // A collection without records is in no line, so it is not made.
            guard result.exitCode == 0 || result.exitCode == 2 else {
                throw Finding("import", result.shown)
            }
            var records = Records()
            try Lines.each(result.output) { json throws(Finding) in
                try records.add(json, collection: place, keys: model.keys)
            }
            for key in model.newest.indices where model.keys.places[key] == place {
                let newest = model.newest[key]
                let presence = model.presence(
                    ofChange: newest, from: from - 2000, through: .max / 2)
                let value = records.found[key]?.value
                if presence == .unsure, value == nil { continue }
                let expected =
                    presence == .absent ? nil : newest < 0 ? nil : model.changes[newest].value
                guard value == expected else {
                    throw Finding(
                        "import",
                        "\(model.keys.shown(key)) is \(value?.shown ?? "absent") behind "
                            + "export and import, and was \(model.shown(newest))")
                }
            }
        }
        Files.remove(other)
    }

    private func shown(_ phases: [Phase]) -> String {
        phases.isEmpty
            ? "nothing written"
            : phases.map { phase in
                "\(phase.count) of \(phase.port.rawValue) (window \(phase.window), up to "
                    + "\(phase.batchSize) each, \(phase.order) over \(phase.keyCount) keys, "
                    + "\(phase.deletes) % deletes, \(phase.expiring) % expire)"
            }.joined(separator: ", ")
    }
}
