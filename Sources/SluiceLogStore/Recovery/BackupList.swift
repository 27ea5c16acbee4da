import SluiceSystem

/// What a backup consists of: the content of the file `BACKUP`, which makes a folder a backup.
///
/// Lines of text; `Format.md` gives them.
struct BackupList: Hashable, Sendable {
    static let fileName = "BACKUP"
    static let temporaryName = "BACKUP.tmp"
    static let version = 1
    static let title = "sluice backup"
    /// Bytes and backups at most, so that reckoning with them never overflows.
    private static let maximumNumber = 1 << 60

    /// One file of the store.
    struct Item: Hashable, Sendable {
        /// Its name in a store.
        var name: String
        /// Its name in the backup: another one where the backup before has other bytes under it.
        var storedName: String
        var byteCount: Int
        /// The hash of all its bytes.
        var hash: UInt64
    }

    var store: StoreIdentity
    /// How many backups were made into the folder, this one included.
    var number: Int
    var revision: Int64
    var items: [Item] = []

    // MARK: Text

    func encoded() -> [UInt8] {
        var text = "\(Self.title) \(Self.version)\n"
        text += "store \(store.bytes.map { Hexadecimal.text($0, digits: 2) }.joined())\n"
        text += "number \(number)\nrevision \(revision)\n"
        for item in items {
            text += "file \(item.name) \(item.storedName) \(item.byteCount)"
            text += " \(Hexadecimal.text(item.hash, digits: 16))\n"
        }
        let bytes = Array(text.utf8)
        let hash = Hexadecimal.text(ContentHash.hash(bytes, seed: 0), digits: 16)
        return bytes + Array("end \(hash)\n".utf8)
    }

    /// Reads a list.
    ///
    /// Throws `corrupt` and `unsupportedFormat`, with `path` as the file.
    init(_ bytes: [UInt8], path: String) throws(LogStoreError) {
        let damaged = LogStoreError.corrupt(
            file: path, offset: 0, message: "the list of the backup's files does not verify")
        guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), first.hasPrefix(Self.title + " "),
            let found = Int(first.dropFirst(Self.title.utf8.count + 1))
        else { throw damaged }
        guard found == Self.version else {
            throw .unsupportedFormat(file: path, found: found, supported: Self.version)
        }
        // The last line ends in a line end, behind which there is nothing.
        guard lines.popLast() == "", let last = lines.popLast(), last.hasPrefix("end "),
            let hash = Hexadecimal.number(last.dropFirst(4), digits: 16),
            hash == ContentHash.hash(Array(bytes.dropLast(last.utf8.count + 1)), seed: 0),
            let store = lines.popFirst().flatMap({ Self.identity($0) }),
            let number = lines.popFirst().flatMap({ Self.number("number ", $0) }),
            number <= Self.maximumNumber,
            let revision = lines.popFirst().flatMap({ Self.number("revision ", $0) })
        else { throw damaged }
        self.store = store
        self.number = number
        self.revision = Int64(revision)
        var byteCount = 0
        for line in lines {
            guard let item = Item(line), item.byteCount <= Self.maximumNumber - byteCount else {
                throw damaged
            }
            byteCount += item.byteCount
            items.append(item)
        }
    }

    init(store: StoreIdentity, number: Int, revision: Int64) {
        self.store = store
        self.number = number
        self.revision = revision
    }

    private static func number(_ name: String, _ line: Substring) -> Int? {
        guard line.hasPrefix(name), let number = Int(line.dropFirst(name.utf8.count)),
            number >= 0
        else { return nil }
        return number
    }

    private static func identity(_ line: Substring) -> StoreIdentity? {
        guard line.hasPrefix("store ") else { return nil }
        var digits = line.dropFirst(6)
        guard digits.utf8.count == 2 * StoreIdentity.byteCount else { return nil }
        var bytes: [UInt8] = []
        while !digits.isEmpty {
            guard let byte = Hexadecimal.number(digits.prefix(2), digits: 2) else { return nil }
            bytes.append(UInt8(byte))
            digits = digits.dropFirst(2)
        }
        return StoreIdentity(bytes: bytes)
    }

    // MARK: Names

    /// The name of a file in this backup where its own is taken.
    func secondName(of name: String) -> String {
        "\(name).\(number)"
    }

    /// Whether a name is one that a backup's folder may have.
    static func isOwn(_ name: String) -> Bool {
        name == fileName || isStored(name)
            || name.hasSuffix(".tmp") && (name == temporaryName || isStored(name.dropLast(4)))
    }

    /// Whether a name may stand for a file of a store in a backup.
    static func isStored(_ name: some StringProtocol) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.first == "MANIFEST" {
            return parts.count == 2 && Int(parts[1]) ?? -1 >= 0
        }
        guard parts.count == 2 || parts.count == 3 && Int(parts[2]) ?? -1 >= 0 else {
            return false
        }
        return isOriginal(parts[0] + "." + parts[1])
    }

    fileprivate static func isOriginal(_ name: String) -> Bool {
        SegmentHead.id(fileName: name) != nil || Run.id(fileName: name) != nil
            || name == Manifest.fileName
    }

    /// Whether a file is such a list, as far as its beginning tells, or empty as what stands for one
    /// that is not finished; folders and files of others may have the same names.
    static func isBegun(_ path: String, _ fileSystem: Disk) -> Bool {
        guard let file = try? fileSystem.open(path, creating: false) else { return false }
        var bytes = [UInt8](repeating: 0, count: title.utf8.count)
        guard let count = try? file.read(into: &bytes, at: 0) else { return false }
        return title.utf8.starts(with: bytes[..<count])
    }

    /// Refuses a backup's folder as a store: opening it would change it.
    static func checkAbsent(_ names: [String], _ directory: String) throws(LogStoreError) {
        guard names.contains(fileName) || names.contains(temporaryName) else { return }
        throw .invalid("\(directory) is a backup; restore it into a folder of its own")
    }
}

extension BackupList.Item {
    /// Reads a line of the list.
    fileprivate init?(_ line: Substring) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "file", let byteCount = Int(parts[3]), byteCount >= 0,
            let hash = Hexadecimal.number(parts[4], digits: 16)
        else { return nil }
        name = String(parts[1])
        storedName = String(parts[2])
        self.byteCount = byteCount
        self.hash = hash
        guard BackupList.isOriginal(name), BackupList.isStored(storedName),
            storedName.hasPrefix(name)
        else { return nil }
    }
}
