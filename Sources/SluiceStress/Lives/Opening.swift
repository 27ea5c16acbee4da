import SluiceJSON

/// One run of a flow on the store: what is fed, what comes back, and how it ends.
final class Opening {
    enum Ending {
        /// Standard input is closed, and the flow ends by itself.
        case clean
        /// Killed so long after its start, wherever it is then.
        case killAfter(milliseconds: Int)
        /// Killed once so many replies came in this opening.
        case killAfterReplies(Int)

        var shown: String {
            switch self {
            case .clean: "ends"
            case .killAfter(let time): "is killed after \(time) ms"
            case .killAfterReplies(let count): "is killed after \(count) replies"
            }
        }
    }

    let life: Life
    let settings: StoreSettings
    let phases: [Phase]
    let ending: Ending
    /// Of a thousand turns of the loop, so many start a process that looks on.
    var onlookersPerMille = 0
    /// Whether a process looks on at once, while the store is being opened.
    var looksOnEarly = false
    /// Milliseconds of rest before it ends well, for what is done in the background.
    var lingers = 0
    /// Of a hundred batches, so many are followed by a read that does not wait.
    var reads = 0

    let child: Child
    private let started = Clock.milliseconds()
    private(set) var replies = 0
    private var parser = JSONParser()
    /// The changes that were told, and whether the source ended with `gone`.
    private(set) var told: [Told] = []
    private(set) var goneSource: JSON?
    var looking: OwnerLook?
    private var unansweredReads: [Int: Read] = [:]
    private var readNumber = 0
    /// Reads that were answered, until it is known what the writes before them did.
    private var answeredReads: [(Read, JSON)] = []
    var onlookers: [Onlooker] = []
    /// Onlookers that have ended and are not judged yet.
    var ended: [Onlooker] = []
    private(set) var wasKilled = false
    var endedCleanly: Bool { !wasKilled }

    /// A read that was asked for while writes were under way.
    private struct Read {
        let key: Int
        /// The place of the key's change that was acknowledged then, or -1.
        let least: Int
    }

    init(
        _ life: Life, _ settings: StoreSettings, _ phases: [Phase], _ ending: Ending
    ) throws(Finding) {
        self.life = life
        self.settings = settings
        self.phases = phases
        self.ending = ending
        let flow = "\(life.folder)/flow.json"
        try Files.write(settings.flow(collections: life.model.keys.collections), to: flow)
        child = try life.start(["run", flow, "--in", "ops=-", "--data-dir", life.data])
        life.counts.openings += 1
    }

    /// Runs to the end, and says whether it was killed.
    func run() throws(Finding) {
        if looksOnEarly { try startOnlooker(.early) }
        if !life.model.pending.isEmpty { try lookByOwner() }
        for phase in phases where !wasKilled { try run(phase) }
        if case .clean = ending {} else if !wasKilled { kill() }
        let rested = Clock.milliseconds() + lingers
        while !wasKilled, Clock.milliseconds() < rested, !child.hasEnded { try turn(20) }
        while !wasKilled, onlookers.contains(where: \.isOwner), !child.hasEnded { try turn(20) }
        if !wasKilled { child.closeInput() }
        while !child.hasEnded { try turn(100) }
        child.reap(waits: true)
        try takeLines()
        if !wasKilled { _ = try life.sluice.result(of: child) }
        try finishOnlookers()
        if wasKilled {
            life.model.bound(Clock.wall())
            return
        }
        let result = try life.sluice.result(of: child)
        guard result.exitCode == 0 else { throw Finding("exit", result.shown) }
        guard life.model.pending.isEmpty, unansweredReads.isEmpty else {
            throw Finding(
                "answer",
                "\(life.model.pending.count) batches and \(unansweredReads.count) reads "
                    + "were never answered, and the flow ended with exit 0")
        }
    }

    private func run(_ phase: Phase) throws(Finding) {
        let capacity = settings.maxSizeMB << 20
        var left = phase.count
        if phase.restarts { life.workload.restart() }
        while !wasKilled {
            while left > 0, life.model.pending.count < phase.window, child.unsentCount < 4 << 20 {
                left -= 1
                let now = Clock.wall()
                guard
                    let batch = life.workload.next(phase, life.model, capacity: capacity, now: now)
                else { continue }
                send(batch, now)
            }
            if left == 0, life.model.pending.isEmpty, unansweredReads.isEmpty { return }
            if onlookersPerMille > 0, onlookers.isEmpty, ended.isEmpty,
                life.random.below(1000) < onlookersPerMille
            {
                try startOnlooker(.any)
            }
            try turn(20)
            if child.hasEnded { return }
        }
    }

    private func send(_ batch: Batch, _ now: Int) {
        let number = life.nextNumber
        life.nextNumber += 1
        child.send(batch.line(number: number, keys: life.model.keys) + [10])
        life.model.send(batch, number: number, now: now)
        life.counts.operations += batch.operations.count
        guard reads > 0, life.workload.random.chance(reads) else { return }
        let key = batch.operations[0].key
        var place = life.model.newest[key]
        while place >= life.model.acknowledged { place = life.model.changes[place].previous }
        readNumber += 1
        unansweredReads[readNumber] = Read(key: key, least: place)
        let keys = life.model.keys
        child.send(
            Array(
                """
                {"p":"get","m":{"context":\(-readNumber),"collection":\
                \(JSON(keys.collection(of: key)).text),"key":\(JSON(keys.text(of: key)).text)}}

                """.utf8))
    }

    /// Moves bytes, takes what came, and kills where it is time.
    func turn(_ milliseconds: Int) throws(Finding) {
        let all = [child] + onlookers.map(\.child)
        if !wasKilled, case .killAfter(let limit) = ending {
            let left = limit - (Clock.milliseconds() - started)
            Child.pump(all, milliseconds: max(0, min(milliseconds, left)))
            if left <= 0 { kill() }
        } else {
            Child.pump(all, milliseconds: milliseconds)
        }
        try takeLines()
        try takeOnlookers()
        if !wasKilled, case .killAfterReplies(let count) = ending, replies >= count { kill() }
        if !wasKilled, !child.hasEnded { try life.sluice.notHanging(child) }
    }

    private func kill() {
        wasKilled = true
        life.counts.kills += 1
        child.kill()
    }

    private func takeLines() throws(Finding) {
        while let line = child.nextLine() {
            let json: JSON
            do {
                json = try parser.parse(line)
            } catch {
                throw Finding(
                    "output",
                    "no JSON (\(error)): \(String(decoding: line.prefix(300), as: UTF8.self))")
            }
            guard let port = json["port"]?.string, let message = json["message"] else {
                throw Finding("output", "no reply: \(json.text.prefix(300))")
            }
            try take(Answer(port: port, message: message))
        }
        try settle()
    }

    private func take(_ answer: Answer) throws(Finding) {
        let message = answer.message
        switch answer.port {
        case "c": told.append(try Told(message, life.model.keys))
        case "f": try looking?.take(message, life.model.keys)
        case "g": try takeRead(message)
        case "e" where message["port"]?.string == "change" || message["code"]?.string == "gone":
            goneSource = message
        default:
            replies += 1
            guard let number = message["context"]?.int,
                let first = life.model.pending.first?.number,
                number >= first, number - first < life.model.pending.count
            else {
                throw Finding("answer", "nothing was asked for this: \(message.text.prefix(400))")
            }
            let place = number - first
            guard life.model.pending[place].answer == nil else {
                throw Finding("answer", "a second reply: \(message.text.prefix(400))")
            }
            life.model.pending[place].answer = answer
            life.model.pending[place].answered = Clock.wall()
        }
    }

    /// Compares the replies that are next in order with what the model expects.
    private func settle() throws(Finding) {
        var count = 0
        while count < life.model.pending.count, let answer = life.model.pending[count].answer {
            try Replies.check(answer, at: count, life, capacity: settings.maxSizeMB << 20)
            count += 1
        }
        if count > 0 { life.model.settle(count) }
        guard life.model.pending.isEmpty else { return }
        try checkReads()
        try judgeOnlookers()
    }

    private func takeRead(_ message: JSON) throws(Finding) {
        guard let number = message["context"]?.int, let read = unansweredReads[-number] else {
            throw Finding("answer", "nobody asked for this: \(message.text.prefix(400))")
        }
        unansweredReads[-number] = nil
        answeredReads.append((read, message))
    }

    /// Compares what reads gave, once all writes are answered: a full store may have refused some.
    private func checkReads() throws(Finding) {
        for (read, message) in answeredReads { try check(read, message) }
        answeredReads = []
    }

    private func check(_ read: Read, _ message: JSON) throws(Finding) {
        let model = life.model
        let name = model.keys.shown(read.key)
        if message["found"]?.bool == true {
            guard let revision = message["revision"]?.int, let value = message["value"],
                revision > read.least, revision <= model.revision,
                model.changes[revision - 1].key == read.key,
                model.changes[revision - 1].value == StoredValue(value)
            else {
                throw Finding(
                    "get",
                    "\(name) had at least \(model.shown(read.least)); "
                        + "get says \(message.text.prefix(400))")
            }
        } else {
            // Absent is right where any change since then may have made it so.
            var place = model.newest[read.key]
            while place > read.least,
                model.presence(ofChange: place, from: 0, through: .max / 2) == .present
            {
                place = model.changes[place].previous
            }
            guard model.presence(ofChange: place, from: 0, through: .max / 2) != .present else {
                throw Finding("get", "\(name) had \(model.shown(read.least)); get finds nothing")
            }
        }
    }
}
