import SluiceJSON

/// Records of a store as a command or a flow told them.
struct Records {
    struct Record {
        let revision: Int
        let value: StoredValue
    }

    private(set) var found: [Int: Record] = [:]
    private var lastKey: [UInt8] = []

    /// Enters one record: an object with `key`, `value` and `revision`.
    mutating func add(_ json: JSON, collection: Int, keys: KeySpace) throws(Finding) {
        guard let key = json["key"]?.string, let value = json["value"],
            let revision = json["revision"]?.int
        else { throw Finding("output", "a record is incomplete: \(json.text.prefix(200))") }
        let bytes = Array(key.utf8)
        guard let number = keys.number(collection: collection, key: bytes) else {
            throw Finding("state", "a key that was never written is there: \(key.debugDescription)")
        }
        guard found.isEmpty || lastKey.isEmpty || lastKey.lexicographicallyPrecedes(bytes) else {
            throw Finding("order", "keys are not in byte order at \(key.debugDescription)")
        }
        lastKey = bytes
        guard
            found.updateValue(
                Record(revision: revision, value: StoredValue(value)), forKey: number) == nil
        else { throw Finding("state", "the key \(key.debugDescription) is there twice") }
    }

    /// Begins another collection, whose keys are in an order of their own.
    mutating func beginCollection() { lastKey = [] }
}

/// Lines of JSON in the output of a command.
enum Lines {
    /// Parses each line and gives it to the body.
    static func each(
        _ bytes: [UInt8], _ body: (JSON) throws(Finding) -> Void
    ) throws(Finding) {
        var parser = JSONParser()
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10) ?? rest.endIndex
            let line = rest[rest.startIndex..<end]
            rest = rest[min(end + 1, rest.endIndex)...]
            let json: JSON
            do {
                json = try parser.parse(line)
            } catch {
                throw Finding(
                    "output",
                    "no JSON (\(error)): \(String(decoding: line.prefix(200), as: UTF8.self))")
            }
            try body(json)
        }
    }
}
