import SluiceJSON

/// One change that a feed told.
struct Told {
    let revision: Int
    let key: Int
    let value: StoredValue?

    init(_ json: JSON, _ keys: KeySpace) throws(Finding) {
        guard let revision = json["revision"]?.int, let name = json["collection"]?.string,
            let place = keys.place(ofCollection: name), let text = json["key"]?.string,
            let key = keys.number(collection: place, key: text.utf8),
            let operation = json["op"]?.string, operation == "delete" || operation == "put"
        else { throw Finding("feed", "no change that was made: \(json.text.prefix(300))") }
        self.revision = revision
        self.key = key
        value = operation == "put" ? json["value"].map { StoredValue($0) } : nil
    }
}
