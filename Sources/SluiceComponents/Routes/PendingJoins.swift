import Sluice
import SluiceJSON
import SluiceSystem

/// What messages to be joined have in common; numbers are equal by value.
enum JoinKey: Hashable {
    case text(Name)
    case number(JSONNumber)
    case truth(Bool)

    /// - Throws: ``Sluice/Failure`` (`mapping_failed`) for a value of another kind.
    init(_ value: JSON) throws(Failure) {
        switch value.kind {
        case .string: self = .text(Name(value.string ?? ""))
        case .bool: self = .truth(value.bool ?? false)
        case .number:
            guard let number = value.number else { fallthrough }
            self = .number(number)
        case .null, .array, .object:
            throw Failure(
                "mapping_failed",
                "the key must be a string, a number or a boolean, found \(value.kind)")
        }
    }

    /// The key as a value of its own.
    var json: JSON {
        switch self {
        case .text(let text): JSON(text.text)
        case .number(let number): JSON(number)
        case .truth(let truth): JSON(truth)
        }
    }
}

extension JoinKey: Field {
    static var schema: Schema { Schema([.string, .number, .boolean]) }

    init(json: JSON) throws(Failure) { try self.init(json) }

    func append(to builder: inout JSONBuilder) { builder.append(json) }
}

/// The messages of several inputs that wait for their counterparts.
struct PendingJoins {
    /// At most one message of each input.
    struct Row {
        /// The messages by input; nil where an input has none.
        var messages: [JSON?]
        var holds: [Turn.Hold] = []

        var isComplete: Bool { holds.count == messages.count }

        /// An object of the messages by the names of their inputs.
        ///
        /// - Throws: ``Sluice/Failure`` (`too_deep`).
        func values(_ names: [String]) throws(Failure) -> JSON {
            let members = zip(names, messages).compactMap { name, message in
                message.map { (name, $0) }
            }
            do {
                return try JSON(object: members)
            } catch {
                throw Failure("too_deep", error.message)
            }
        }
    }

    /// The rows of a key in order; only the last ones lack messages.
    private struct Entry {
        let order: Int
        var rows: [Row] = []

        /// Adds a message to the first row that lacks it, and gives the row's place.
        @discardableResult
        mutating func add(
            _ message: JSON, _ hold: Turn.Hold, from input: Int, of inputs: Int
        ) -> Int {
            let place = rows.firstIndex { $0.messages[input] == nil } ?? rows.count
            if place == rows.count {
                rows.append(Row(messages: Array(repeating: nil, count: inputs)))
            }
            rows[place].messages[input] = message
            rows[place].holds.append(hold)
            return place
        }
    }

    private let inputs: Int
    private var entries: [JoinKey: Entry] = [:]
    private var nextOrder = 0
    /// How many messages of each input wait, and their bytes.
    private(set) var counts: [Int]
    private var bytes: [Int]
    private var isPaused: [Bool]
    private var hasEnded: [Bool]
    private var anyHasEnded = false
    private let limit: Int
    private let byteLimit: Int

    /// - Parameters:
    ///   - limit: How many messages of an input may wait.
    ///   - byteLimit: How many bytes of an input's messages may wait.
    init(inputs: Int, limit: Int, byteLimit: Int) {
        self.inputs = inputs
        self.limit = limit
        self.byteLimit = byteLimit
        counts = Array(repeating: 0, count: inputs)
        bytes = counts
        isPaused = Array(repeating: false, count: inputs)
        hasEnded = isPaused
    }

    /// Adds a message; gives the row that it completes, or that can never be complete because an
    /// input that it lacks has ended.
    mutating func add(
        _ message: JSON, _ hold: Turn.Hold, _ key: JoinKey, from input: Int
    ) -> Row? {
        counts[input] += 1
        bytes[input] += message.sourceRange.count
        nextOrder += 1
        guard let place = entries.index(forKey: key) else {
            var entry = Entry(order: nextOrder)
            entry.add(message, hold, from: input, of: inputs)
            if isDone(entry.rows[0]) {
                forget(entry.rows[0])
                return entry.rows[0]
            }
            entries[key] = entry
            return nil
        }
        let position = entries.values[place].add(message, hold, from: input, of: inputs)
        let row = entries.values[place].rows[position]
        guard isDone(row) else { return nil }
        forget(row)
        if entries.values[place].rows.count == 1 {
            entries.remove(at: place)
        } else {
            entries.values[place].rows.remove(at: position)
        }
        return row
    }

    private func isDone(_ row: Row) -> Bool { row.isComplete || isHopeless(row) }

    private func isHopeless(_ row: Row) -> Bool {
        anyHasEnded && row.messages.indices.contains { hasEnded[$0] && row.messages[$0] == nil }
    }

    private mutating func forget(_ row: Row) {
        for input in row.messages.indices {
            guard let count = row.messages[input]?.sourceRange.count else { continue }
            counts[input] -= 1
            bytes[input] -= count
        }
    }

    /// Notes that nothing more comes by an input; gives the rows that wait for it, the key that came
    /// first first.
    mutating func end(_ input: Int) -> [(key: JoinKey, row: Row)] {
        hasEnded[input] = true
        anyHasEnded = true
        return takeAll { $0.messages[input] == nil }
    }

    /// The inputs that have to be paused, or need not be any more, since the last call.
    mutating func pauses() -> [(input: Int, isPaused: Bool)] {
        var changes: [(input: Int, isPaused: Bool)] = []
        for input in counts.indices
        where (counts[input] >= limit || bytes[input] >= byteLimit) != isPaused[input] {
            isPaused[input].toggle()
            changes.append((input, isPaused[input]))
        }
        return changes
    }

    /// Takes all that waits, or what a condition is true of, the key that came first first.
    mutating func takeAll(
        where condition: (Row) -> Bool = { _ in true }
    ) -> [(key: JoinKey, row: Row)] {
        var taken: [(key: JoinKey, row: Row)] = []
        for (key, entry) in entries.sorted(by: { $0.value.order < $1.value.order }) {
            let rows = entry.rows.filter(condition)
            guard !rows.isEmpty else { continue }
            taken += rows.map { (key, $0) }
            entries[key]?.rows.removeAll(where: condition)
            if rows.count == entry.rows.count { entries[key] = nil }
        }
        for (_, row) in taken { forget(row) }
        return taken
    }
}
