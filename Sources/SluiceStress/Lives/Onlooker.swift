import SluiceJSON

/// A second process that looks at a store while its owner runs or recovers.
final class Onlooker {
    enum Look {
        case get(key: Int)
        case find(collection: Int)
        case verify
        case stats
        case backup(into: String)
        /// Another owner, who has to be refused.
        case own
    }

    enum Choice { case early, any }

    let look: Look
    let child: Child
    /// What was acknowledged when it began.
    let least: Int
    /// Between which instants it looked.
    let from = Clock.wall()
    var through = 0

    /// Whether it would own the store if it were let.
    var isOwner: Bool {
        if case .own = look { true } else { false }
    }

    init(_ look: Look, _ child: Child, least: Int) {
        self.look = look
        self.child = child
        self.least = least
    }
}

extension Opening {
    func startOnlooker(_ choice: Onlooker.Choice) throws(Finding) {
        let model = life.model
        guard life.hasCollections else { return }
        let look: Onlooker.Look
        switch choice {
        case .early:
            // The last key that was acknowledged is the one that a reader might miss.
            guard model.acknowledged > 0 else { return }
            let key = model.changes[model.acknowledged - 1].key
            look = life.random.chance(70) ? .get(key: key) : .verify
        case .any:
            switch life.random.below(6) {
            case 0 where model.acknowledged > 0:
                look = .get(key: model.changes[life.random.below(model.acknowledged)].key)
            case 1: look = .find(collection: life.random.below(model.keys.collections.count))
            case 2: look = .verify
            case 3: look = .stats
            case 4 where life.usesBackups: look = .backup(into: life.nextBackupFolder())
            default: look = .own
            }
        }
        // It is sure that the child owns the store once it has answered something.
        // One that is killed would let the other in.
        if case .own = look {
            guard replies > 0, case .clean = ending else { return }
        }
        let words = life.words(of: look)
        onlookers.append(
            Onlooker(look, try life.start(words), least: life.model.acknowledged))
        life.counts.onlookers += 1
    }

    /// Takes onlookers that have ended from those that run.
    func takeOnlookers() throws(Finding) {
        for onlooker in onlookers {
            guard onlooker.child.hasEnded else {
                try life.sluice.notHanging(onlooker.child, patience: 4 * life.sluice.patience)
                continue
            }
            onlookers.removeAll { $0 === onlooker }
            onlooker.through = Clock.wall()
            ended.append(onlooker)
        }
    }

    /// Judges what has ended, once all writes are answered: a full store may have refused some.
    func judgeOnlookers() throws(Finding) {
        while let onlooker = ended.popLast() { try judge(onlooker) }
    }

    /// Waits for onlookers that still run when the owner has ended.
    func finishOnlookers() throws(Finding) {
        while !onlookers.isEmpty {
            Child.pump(onlookers.map(\.child), milliseconds: 50)
            try takeOnlookers()
        }
        try judgeOnlookers()
    }

    private func judge(_ onlooker: Onlooker) throws(Finding) {
        let result = try life.sluice.result(of: onlooker.child)
        let model = life.model
        let now = onlooker.through
        switch onlooker.look {
        case .get(let key):
            var place = model.newest[key]
            let record: Records.Record?
            if result.exitCode == 0 {
                let json = try result.json()
                guard let revision = json["revision"]?.int, let value = json["value"] else {
                    throw Finding("output", result.shown)
                }
                record = Records.Record(revision: revision, value: StoredValue(value))
            } else {
                guard result.exitCode == 1, (try? result.json())?["found"]?.bool == false else {
                    throw Finding("reader", result.shown)
                }
                record = nil
            }
            while !model.matches(place, record, from: onlooker.from, through: now) {
                guard place >= onlooker.least else {
                    let found = record.map { "revision \($0.revision)" } ?? "nothing"
                    throw Finding(
                        "reader",
                        "a reader beside the owner finds \(found) for "
                            + "\(model.keys.shown(key)), which had \(model.shown(place)) when "
                            + "it began, at revision \(onlooker.least)")
                }
                place = model.changes[place].previous
            }
        case .find(let collection):
            guard result.exitCode == 0 else { throw Finding("reader", result.shown) }
            try judge(find: result, collection, onlooker)
        case .verify:
            guard result.exitCode == 0 || (result.exitCode == 1 && life.lacksFiles) else {
                let text = String(decoding: result.output.prefix(500), as: UTF8.self)
                throw Finding("reader-verify", "\(result.shown)\n\(text)")
            }
        case .stats:
            guard result.exitCode == 0, let revision = try result.json()["revision"]?.int else {
                throw Finding("reader", result.shown)
            }
            guard onlooker.least...max(onlooker.least, model.revision) ~= revision else {
                throw Finding(
                    "reader",
                    "stats says revision \(revision), and it was between "
                        + "\(onlooker.least) and \(model.revision)")
            }
        case .backup(let folder):
            if result.exitCode == 6, life.lacksFiles { return }
            guard result.exitCode == 0, let revision = try result.json()["revision"]?.int,
                onlooker.least...max(onlooker.least, model.revision) ~= revision
            else { throw Finding("backup", result.shown) }
            life.onlineBackups.append((folder, revision))
        case .own:
            guard result.exitCode == 6 else { throw Finding("lock", result.shown) }
        }
    }

    private func judge(
        find result: Sluice.Result, _ collection: Int, _ onlooker: Onlooker
    ) throws(Finding) {
        var records = Records()
        let keys = life.model.keys
        try Lines.each(result.output) { json throws(Finding) in
            try records.add(json, collection: collection, keys: keys)
        }
        guard
            life.model.isSnapshot(
                records, of: collection, after: onlooker.least, from: onlooker.from,
                through: onlooker.through)
        else {
            throw Finding(
                "reader",
                "find beside the owner gives \(records.found.count) records of "
                    + "\(keys.collections[collection].debugDescription) that are those of no moment "
                    + "between revision \(onlooker.least) and \(life.model.revision)")
        }
    }
}
