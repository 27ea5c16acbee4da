/// When a record expires, as far as the tester can know: it sees only when it asked and was answered.
struct Expiry: Equatable, Sendable {
    /// Nobody's clock is exact to the millisecond.
    static let slack = 30

    var earliest: Int
    var latest: Int
}

/// One put or delete; its place in the model's list says its revision.
struct Change: Sendable {
    let key: Int
    /// What was put; none for a delete.
    let value: StoredValue?
    var expiry: Expiry?
    /// The place of the key's change before, or -1.
    let previous: Int
}

/// What a store must hold: every change in order of revision, those that nobody acknowledged last.
///
/// Each put, and each delete of a key that is there, takes the next revision, so the change at place
/// n has revision n + 1. The newest changes can be taken back, which is how what a kill left is found.
struct Model: Sendable {
    enum Presence { case absent, present, unsure }

    let keys: KeySpace
    private(set) var changes: [Change] = []
    /// The place of each key's newest change, or -1.
    private(set) var newest: [Int]
    /// Records that do not expire, and what they count for.
    private(set) var lastingRecords = 0
    private(set) var lastingBytes = 0
    /// Keys whose newest change is a put that expires.
    private(set) var expiring: Set<Int> = []
    /// The oldest revision that the settings so far promise to keep.
    var floor = 0
    /// What was sent and is not settled yet, oldest first.
    var pending: [Pending] = []

    init(keys: KeySpace) {
        self.keys = keys
        newest = Array(repeating: -1, count: keys.count)
    }

    /// The newest revision, with what is not acknowledged.
    var revision: Int { changes.count }

    /// The newest revision that was acknowledged, or that something acknowledged follows.
    var acknowledged: Int { pending.first?.start ?? changes.count }

    /// What a record counts for.
    func size(_ key: Int, _ value: StoredValue) -> Int { 32 + keys.keys[key].count + value.length }

    mutating func append(key: Int, value: StoredValue?, expiry: Expiry?) {
        changes.append(Change(key: key, value: value, expiry: expiry, previous: newest[key]))
        count(newest[key], -1)
        newest[key] = changes.count - 1
        count(newest[key], 1)
    }

    /// Takes the newest change back, and says whose it was.
    @discardableResult
    mutating func removeLast() -> Int {
        let place = changes.count - 1
        let change = changes[place]
        count(place, -1)
        newest[change.key] = change.previous
        count(change.previous, 1)
        changes.removeLast()
        return change.key
    }

    /// Says that a change was acknowledged at an instant, which bounds its expiry.
    mutating func acknowledge(_ places: Range<Int>, asked: Int, answered: Int) {
        for place in places {
            guard let expiry = changes[place].expiry, expiry.latest == .max else { continue }
            changes[place].expiry?.latest = expiry.earliest + (answered - asked) + 2 * Expiry.slack
        }
    }

    /// Moves the oldest revision that is promised, after or at the start of an opening.
    mutating func keep(_ settings: StoreSettings) {
        guard settings.keepHours == 0 else { return }
        floor = max(floor, min(revision, revision - settings.keepRevisions))
    }

    /// Whether a key is there at an instant, if that is sure; `margin` lies between asking and doing.
    func presence(_ key: Int, at now: Int, margin: Int = 0) -> Presence {
        presence(ofChange: newest[key], from: now, through: now + margin)
    }

    /// Whether what a change put is there between two instants.
    func presence(ofChange place: Int, from: Int, through: Int) -> Presence {
        guard place >= 0, changes[place].value != nil else { return .absent }
        guard let expiry = changes[place].expiry else { return .present }
        if expiry.earliest > through + Expiry.slack { return .present }
        if expiry.latest != .max, expiry.latest < from - Expiry.slack { return .absent }
        return .unsure
    }

    /// The place of the change that a key had at a revision, or -1.
    func place(of key: Int, asOf revision: Int) -> Int {
        var place = newest[key]
        while place >= revision { place = changes[place].previous }
        return place
    }

    /// The model as it was at a revision, with nothing pending.
    func asOf(_ revision: Int) -> Model {
        var model = self
        model.pending = []
        while model.revision > revision { model.removeLast() }
        return model
    }

    private mutating func count(_ place: Int, _ sign: Int) {
        guard place >= 0, let value = changes[place].value else { return }
        let key = changes[place].key
        guard changes[place].expiry == nil else {
            if sign > 0 { expiring.insert(key) } else { expiring.remove(key) }
            return
        }
        lastingRecords += sign
        lastingBytes += sign * size(key, value)
    }
}
