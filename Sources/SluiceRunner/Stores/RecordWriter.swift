import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// Writes records as lines of JSON.
struct RecordWriter: ~Copyable {
    /// What has been written.
    var bytes: [UInt8] = []
    private var parser = JSONParser(maximumDepth: ValueText.maximumDepth)

    init() {}

    /// `"key":"…"`, or `"keyBase64":"…"` where it is no UTF-8.
    mutating func append(key: [UInt8]) {
        if let text = String(validating: key, as: UTF8.self) {
            bytes += "\"key\":".utf8
            JSON(text).write(to: &bytes)
        } else {
            append(base64: key, named: "keyBase64")
        }
    }

    /// `,"value":…`, compact, or `,"valueBase64":"…"` where it is no JSON.
    mutating func append(value: [UInt8]) {
        bytes += ",".utf8
        if let json = json(value) {
            bytes += "\"value\":".utf8
            json.write(to: &bytes)
        } else {
            append(base64: value, named: "valueBase64")
        }
    }

    /// A stored value; nil where it is no JSON.
    mutating func json(_ value: [UInt8]) -> JSON? { try? parser.parse(value[...]) }

    /// `,"name":number`.
    mutating func append(_ name: String, _ number: Int64) {
        bytes += ",\"\(name)\":\(number)".utf8
    }

    /// `"name":"text"`.
    mutating func append(_ name: String, _ text: String) {
        bytes += "\"\(name)\":".utf8
        JSON(text).write(to: &bytes)
    }

    /// A line of `find`.
    mutating func append(_ record: LogStore.Record, hasValue: Bool) {
        bytes += "{".utf8
        append(key: record.key)
        if hasValue { append(value: record.value) }
        append("revision", record.revision)
        if let time = record.expiresAt { append("expiresAt", time) }
        bytes += "}\n".utf8
    }

    /// A line of `export`.
    mutating func append(_ record: LogStore.Record, of collection: String) {
        bytes += "{".utf8
        append("collection", collection)
        bytes += ",".utf8
        append(key: record.key)
        append(value: record.value)
        if let time = record.expiresAt { append("expiresAt", time) }
        bytes += "}\n".utf8
    }

    /// A line of `log`.
    mutating func append(_ change: LogStore.Change) {
        bytes += "{\"revision\":\(change.revision),".utf8
        append("op", change.isDelete ? "delete" : "put")
        bytes += ",".utf8
        append("collection", change.collection)
        bytes += ",".utf8
        append(key: change.key)
        if let value = change.value { append(value: value) }
        append("updatedAt", change.updatedAt)
        if let time = change.expiresAt { append("expiresAt", time) }
        bytes += "}\n".utf8
    }

    /// A line of `history`.
    mutating func append(_ version: LogStore.Version) {
        bytes += "{\"revision\":\(version.revision),".utf8
        append("op", version.isDelete ? "delete" : "put")
        if let value = version.value { append(value: value) }
        if let time = version.updatedAt { append("updatedAt", time) }
        if let time = version.expiresAt { append("expiresAt", time) }
        bytes += "}\n".utf8
    }

    private mutating func append(base64 value: [UInt8], named name: String) {
        bytes += "\"\(name)\":\"".utf8
        Base64.encode(value, to: &bytes)
        bytes += "\"".utf8
    }
}
