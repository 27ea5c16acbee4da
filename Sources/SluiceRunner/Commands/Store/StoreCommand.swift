import Sluice
import SluiceJSON

extension Command {
    /// `sluice store`.
    static let store = Command(
        name: "store",
        summary: "Look into a store and take care of it",
        discussion: """
            A store is the folder that a document_store keeps its data in. What only reads works beside
            a flow that uses the store; what writes needs the store for itself, and --wait waits for it.
            """,
        examples: [
            "\(.program) store stats data/store",
            "\(.program) store find data/store turns --prefix alice/ --limit 10",
            "\(.program) store export data/store > store.jsonl",
        ],
        subcommands: [
            .storeStats, .storeGet, .storePut, .storeDelete, .storeFind, .storeExport, .storeImport,
            .storeLog, .storeHistory, .storeCompact, .storeDrop, .storeVerify,
            .storeBackup, .storeRestore, .storeRepair, .storeCursor,
        ])
}

extension Operand {
    static let collection = Operand(
        name: "COLLECTION", about: "The collection's name", values: .names(.collections))
    static let key = Operand(name: "KEY", about: "The key")
}

extension Option {
    static let ifRevision = Option(
        name: "if-revision", value: "N",
        about: "Only where the key is at this revision; 0 where it must not exist")
    static let asOf = Option(
        name: "as-of", value: "REV", about: "What was there at this revision")
    static let limit = Option(name: "limit", value: "N", about: "Stop after so many")
}

extension Arguments {
    /// The operand at a place; empty where it is not there.
    func operand(_ place: Int) -> String { place < operands.count ? operands[place] : "" }

    /// The whole number an option gives; nil where it is not there.
    func number(_ option: Option, atLeast least: Int = 0) throws(UsageError) -> Int? {
        guard let text = self[option] else { return nil }
        guard let number = Int(text), number >= least else {
            throw UsageError(
                "--\(option.name) is a whole number of at least \(least), not `\(text)`")
        }
        return number
    }
}

extension Terminal {
    /// Prints facts for programs, as JSON with a `schema` number.
    func print(facts: [(String, JSON)]) throws {
        try write(json: "\(try JSON(object: [("schema", 1)] + facts).pretty())\n")
    }
}
