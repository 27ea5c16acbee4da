/// Damages as they are found: each place once, and no more than anybody reads.
struct DamageList {
    /// Damages after which no more are kept.
    static let limit = 10_000

    private struct Place: Hashable {
        var file: String
        var offset: Int
    }

    private(set) var damages: [LogStoreRecoveryReport.Damage] = []
    private var places: Set<Place> = []

    var isEmpty: Bool { damages.isEmpty }

    /// Adds a damage unless one at its place is known.
    mutating func add(_ damage: LogStoreRecoveryReport.Damage) {
        guard places.insert(Place(file: damage.file, offset: damage.offset)).inserted else {
            return
        }
        append(damage)
    }

    private mutating func append(_ damage: LogStoreRecoveryReport.Damage) {
        guard damages.count < Self.limit else { return }
        damages.append(damage)
        if damages.count == Self.limit {
            damages[Self.limit - 1].message += "; there are more damages than are listed"
        }
    }

    mutating func add(_ file: String, _ offset: Int, _ message: String, key: [UInt8]? = nil) {
        add(LogStoreRecoveryReport.Damage(file: file, offset: offset, key: key, message: message))
    }

    /// Adds what a device could not read, whatever else is known of those places.
    mutating func add(_ badBlocks: BadBlocks?) {
        for part in badBlocks?.parts ?? [] {
            append(
                LogStoreRecoveryReport.Damage(
                    file: part.file, offset: part.range.lowerBound,
                    message: "the device cannot read \(part.range.count) bytes"))
        }
    }

    /// Adds what an error names; one that says nothing of the files is thrown again.
    mutating func add(_ error: LogStoreError, file: String, offset: Int) throws(LogStoreError) {
        switch error {
        case .corrupt(let file, let offset, let message, let key, _):
            add(file, offset, message, key: key)
        case .io:
            add(file, offset, "\(error)")
        default:
            throw error
        }
    }
}
