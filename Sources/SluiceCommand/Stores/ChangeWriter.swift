import SluiceJSON
import SluiceStore

/// Writes changes as lines, for people or for programs.
struct ChangeWriter: ~Copyable {
    private let isJSON: Bool
    private let width: Int
    private var records = RecordWriter()

    /// How many bytes of a value people see.
    private static let shownBytes = 60

    /// - Parameter newest: The newest revision, for which revisions leave space.
    init(isJSON: Bool, newest: Int64) {
        self.isJSON = isJSON
        width = String(newest).utf8.count
    }

    /// What has been written.
    var bytes: [UInt8] {
        get { records.bytes }
        set { records.bytes = newValue }
    }

    /// Adds a change.
    mutating func append(_ change: LogStore.Change) {
        if isJSON {
            records.append(change)
        } else {
            records.bytes += line(change).utf8
        }
    }

    private func line(_ change: LogStore.Change) -> String {
        let revision = String(change.revision)
        let blanks = String(repeating: " ", count: max(0, width - revision.utf8.count))
        let operation = change.isDelete ? "delete" : "put   "
        let collection = KeyText.shown(Array(change.collection.utf8))
        let time = Timestamp.text(milliseconds: change.updatedAt)
        var line =
            "\(blanks)\(revision)  \(time)  \(operation)  \(collection)  \(KeyText.shown(change.key))"
        if let value = change.value { line += "  \(Self.shown(value))" }
        if let time = change.expiresAt { line += "  until \(Timestamp.text(milliseconds: time))" }
        return line + "\n"
    }

    private static func shown(_ value: [UInt8]) -> String {
        guard let text = String(validating: value, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { return "(\(Words.bytes(value.count)))" }
        guard value.count > shownBytes else { return text }
        return "\(text.prefix(shownBytes - 1))… (\(Words.bytes(value.count)))"
    }
}
