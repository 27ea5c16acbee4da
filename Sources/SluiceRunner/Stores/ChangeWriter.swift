import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// Writes changes, and versions of keys, as lines for people or for programs.
struct ChangeWriter: ~Copyable {
    private let isJSON: Bool
    private let revisionWidth: Int
    private let width: Int
    private var records = RecordWriter()

    /// How many characters of a value people see where lines have no end, and where they have.
    private static let (shown, leastShown) = (60, 20)

    /// - Parameters:
    ///   - newest: The newest revision, for which revisions leave space.
    ///   - width: How many characters a line for people should have at most.
    init(isJSON: Bool, newest: Int64, width: Int) {
        self.isJSON = isJSON
        self.width = width
        revisionWidth = String(newest).utf8.count
    }

    /// What has been written.
    var bytes: [UInt8] {
        get { records.bytes }
        set { records.bytes = newValue }
    }

    /// Adds a change.
    mutating func append(_ change: LogStore.Change) {
        guard !isJSON else { return records.append(change) }
        let collection = KeyText.shown(Array(change.collection.utf8))
        let head = head(change.revision, change.updatedAt, change.isDelete, pads: true)
        append(
            "\(head)  \(collection)  \(KeyText.shown(change.key))", change.value, change.expiresAt)
    }

    /// Adds a version of a key.
    mutating func append(_ version: LogStore.Version) {
        guard !isJSON else { return records.append(version) }
        let head = head(
            version.revision, version.updatedAt, version.isDelete, pads: version.value != nil)
        append(head, version.value, version.expiresAt)
    }

    private func head(_ revision: Int64, _ time: Int64?, _ isDelete: Bool, pads: Bool) -> String {
        let number = String(revision)
        let blanks = String(repeating: " ", count: max(0, revisionWidth - number.utf8.count))
        let instant =
            time.map(Timestamp.text) ?? "-" + String(repeating: " ", count: Timestamp.width - 1)
        let operation = isDelete ? "delete" : pads ? "put   " : "put"
        return "\(blanks)\(number)  \(instant)  \(operation)"
    }

    private mutating func append(_ head: String, _ value: [UInt8]?, _ expiry: Int64?) {
        let tail = expiry.map { "  until \(Timestamp.text(milliseconds: $0))" } ?? ""
        var line = head
        if let value {
            let space =
                width == .max
                ? Self.shown : max(Self.leastShown, width - head.count - 2 - tail.count)
            line += "  \(Self.text(of: value, space))"
        }
        records.bytes += "\(line)\(tail)\n".utf8
    }

    /// A value in at most so many characters.
    private static func text(of value: [UInt8], _ space: Int) -> String {
        let size = "(\(Words.bytes(value.count)))"
        guard let stored = String(validating: value, as: UTF8.self),
            !stored.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { return size }
        let text = Printable.line(stored)
        guard text.utf8.count > space, text.count > space else { return text }
        return "\(text.prefix(max(1, space - size.count - 2)))… \(size)"
    }
}
