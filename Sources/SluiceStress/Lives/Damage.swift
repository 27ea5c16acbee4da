import SluiceJSON
import SluiceSystem

/// Damage of a store that was closed cleanly: every answer is right, or says that it is none.
extension Life {
    func damage() throws(Finding) {
        try look(.quick)
        for _ in 0..<random.number(4...8) {
            let copy = newFolder("damaged")
            try Files.copyFolder(path, to: copy)
            let text = try damageOneFile(of: copy)
            begin("damage", "\(text), in \(copy)")
            try attempt { () throws(Finding) in try checkReading(copy) }
            try attempt { () throws(Finding) in try checkRepair(copy) }
            try attempt { () throws(Finding) in try checkOwner(copy) }
            Files.remove(copy)
        }
    }

    /// Truncates, changes or removes one file, and says what was done.
    private func damageOneFile(of folder: String) throws(Finding) -> String {
        let names = Files.names(in: folder).filter { $0 != "LOCK" && $0 != "RESERVE" }
        let segments = names.filter { $0.hasSuffix(".seg") }
        let name = random.pick(segments.isEmpty || random.chance(40) ? names : segments)
        let file = "\(folder)/\(name)"
        var bytes = try Files.read(file)
        guard !bytes.isEmpty, !random.chance(15) else {
            Files.remove(file)
            return "\(name) removed"
        }
        if random.chance(30) {
            let length = random.below(bytes.count)
            try Files.write(Array(bytes.prefix(length)), to: file)
            return "\(name) cut from \(bytes.count) to \(length) bytes"
        }
        let place = random.below(bytes.count)
        let count = random.chance(60) ? 1 : min(bytes.count - place, random.number(1...5000))
        for at in place..<place + count { bytes[at] ^= UInt8(1 << random.below(8)) }
        try Files.write(bytes, to: file)
        return "\(name): \(count) of \(bytes.count) bytes changed at \(place)"
    }

    /// Whether a command gave no answer; one with a warning is an answer.
    private func isRefusal(_ result: Sluice.Result) -> Bool {
        result.exitCode > 1 || (result.exitCode == 1 && !result.errors.contains("is absent"))
    }

    private func checkReading(_ path: String) throws(Finding) {
        let verify = try run(["store", "verify", path])
        _ = try run(["store", "stats", path, "--json"])
        let from = Clock.wall()
        for (place, name) in model.keys.collections.enumerated() {
            let result = try run(["store", "find", "--", path, name])
            guard result.exitCode == 0 else { continue }
            var records = Records()
            try Lines.each(result.output) { json throws(Finding) in
                try records.add(json, collection: place, keys: model.keys)
            }
            let isRight = model.isSnapshot(
                records, of: place, after: model.revision, from: from, through: Clock.wall())
            guard isRight else {
                throw Finding(
                    "damage",
                    "find in \(name.debugDescription) gives other records than were there "
                        + "(\(records.found.count)), with exit 0: \(result.errors); "
                        + "verify: \(verify.shown)")
            }
        }
        for _ in 0..<5 {
            let key = sampleKey(model)
            let result = try run(
                [
                    "store", "get", "--json", "--base64", "--", path,
                    model.keys.collection(of: key),
                    String(decoding: Base64.encode(model.keys.keys[key]), as: UTF8.self),
                ])
            guard !isRefusal(result) else { continue }
            let json = try result.json()
            let record = json["revision"]?.int.flatMap { revision in
                json["value"].map { Records.Record(revision: revision, value: StoredValue($0)) }
            }
            guard model.matches(model.newest[key], record, from: from, through: Clock.wall()) else {
                throw Finding(
                    "damage",
                    "\(model.keys.shown(key)) had \(model.shown(model.newest[key])), and get "
                        + "gives \(json.text.prefix(200)): \(result.errors); "
                        + "verify: \(verify.shown)")
            }
        }
    }

    /// What was saved is the newest, up to the last sound revision; where nothing is said to be lost,
    /// all is saved.
    private func checkRepair(_ path: String) throws(Finding) {
        let new = newFolder("repaired")
        let repair = try run(["store", "repair", "--json", path, new])
        guard repair.exitCode == 0 || repair.exitCode == 1 else {
            guard repair.exitCode == 6 else { throw Finding("repair", repair.shown) }
            return
        }
        try succeed(["store", "verify", new], name: "repair")
        let end = try repair.json()["lastSoundRevision"]?.int ?? Int.max
        let from = Clock.wall()
        for (place, name) in model.keys.collections.enumerated() {
            let result = try run(["store", "find", "--", new, name])
            guard result.exitCode == 0 else { continue }
            var records = Records()
            try Lines.each(result.output) { json throws(Finding) in
                try records.add(json, collection: place, keys: model.keys)
            }
            for (key, record) in records.found {
                var version = model.newest[key]
                while version + 1 > end { version = model.changes[version].previous }
                guard version >= 0, version + 1 == record.revision,
                    model.changes[version].value == record.value
                else {
                    throw Finding(
                        "repair",
                        "\(model.keys.shown(key)) is revision \(record.revision), "
                            + "\(record.value.shown), and had \(model.shown(version)) at \(end): "
                            + repair.shown)
                }
            }
            guard repair.exitCode == 0 else { continue }
            guard
                model.isSnapshot(
                    records, of: place, after: model.revision, from: from, through: Clock.wall())
            else {
                throw Finding(
                    "repair",
                    "\(repair.shown), and \(name.debugDescription) holds other records "
                        + "than were there (\(records.found.count))")
            }
        }
        Files.remove(new)
    }

    /// An owner that opens the damaged store.
    private func checkOwner(_ path: String) throws(Finding) {
        let other = newFolder("owned")
        try Files.makeFolder(other)
        try Files.move(path, to: "\(other)/s")
        let flow = "\(folder)/flow.json"
        try Files.write(settings.flow(collections: model.keys.collections), to: flow)
        var lines: [UInt8] = []
        let keys = (0..<8).map { _ in sampleKey(model) }
        for (place, key) in keys.enumerated() {
            let collection = JSON(model.keys.collection(of: key)).text
            lines += Array(
                """
                {"p":"get","m":{"context":\(place),"collection":\(collection),\
                "key":\(JSON(model.keys.text(of: key)).text)}}

                """.utf8)
        }
        let from = Clock.wall()
        let result = try sluice.run(
            ["run", flow, "--in", "ops=-", "--data-dir", other], input: lines)
        defer { Files.remove(other) }
        guard [0, 1, 6].contains(result.exitCode) else { throw Finding("exit", result.shown) }
        guard result.exitCode < 6 else { return }
        try Lines.each(result.output) { json throws(Finding) in
            guard json["port"]?.string == "g", let message = json["message"],
                let place = message["context"]?.int
            else { return }
            let record = message["revision"]?.int.flatMap { revision in
                message["value"].map { Records.Record(revision: revision, value: StoredValue($0)) }
            }
            let key = keys[place]
            guard model.matches(model.newest[key], record, from: from, through: Clock.wall()) else {
                throw Finding(
                    "damage-owner",
                    "\(model.keys.shown(key)) had "
                        + "\(model.shown(model.newest[key])), and the flow's get gives "
                        + "\(message.text.prefix(200)): \(result.shown)")
            }
        }
    }
}
