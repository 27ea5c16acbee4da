import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// A record as `import` reads it: one line of JSON.
///
/// `{"collection": …, "key": …, "value": …}`, with `keyBase64` in place of `key` where the key is no
/// UTF-8, `valueBase64` in place of `value` where the value is no JSON, and `expiresAt`, in
/// milliseconds since 1970, where the record expires. Other members are ignored.
struct RecordLine {
    var collection: String
    var key: [UInt8]
    var value: [UInt8]
    var expiresAt: Int64?

    /// Why a line is no record, and the smallest wrong part of it.
    struct Misfit: Error {
        let place: JSON
        let reason: String
    }

    /// Reads a line.
    ///
    /// - Parameter collection: The collection of lines that name none; others must name this one.
    init(_ line: JSON, collection: String?) throws(Misfit) {
        guard line.kind == .object else {
            throw Misfit(place: line, reason: "expected an object, found \(line.kind)")
        }
        self.collection = try Self.collection(of: line, else: collection)
        key = try Self.key(of: line)
        value = try Self.value(of: line)
        expiresAt = try Self.expiry(of: line)
    }

    private static func collection(of line: JSON, else other: String?) throws(Misfit) -> String {
        guard let member = line["collection"] else {
            guard let other else {
                throw Misfit(place: line, reason: "the line has no member `collection`")
            }
            return other
        }
        guard let name = member.string else {
            throw Misfit(place: member, reason: "`collection` is no string")
        }
        guard (1...LogStore.maximumNameBytes).contains(name.utf8.count) else {
            throw Misfit(
                place: member,
                reason: "a collection's name has 1 to \(LogStore.maximumNameBytes) bytes")
        }
        if let other, !name.utf8.elementsEqual(other.utf8) {
            throw Misfit(
                place: member,
                reason: "the line is of collection `\(name)`, and --collection says `\(other)`")
        }
        return name
    }

    private static func key(of line: JSON) throws(Misfit) -> [UInt8] {
        let place = line["key"] ?? line["keyBase64"] ?? line
        let key =
            if let text = line["key"] {
                try string(text, "key").map { Array($0.utf8) }
            } else {
                try bytes(of: line, "keyBase64")
            }
        guard let key else {
            throw Misfit(place: line, reason: "the line has no member `key` or `keyBase64`")
        }
        guard (1...LogStore.maximumKeyBytes).contains(key.count) else {
            throw Misfit(
                place: place, reason: "a key has 1 to \(LogStore.maximumKeyBytes) bytes")
        }
        return key
    }

    private static func value(of line: JSON) throws(Misfit) -> [UInt8] {
        guard let value = line["value"] else {
            guard let bytes = try bytes(of: line, "valueBase64") else {
                throw Misfit(
                    place: line, reason: "the line has no member `value` or `valueBase64`")
            }
            return bytes
        }
        guard value.depth <= ValueText.maximumDepth else {
            throw Misfit(place: value, reason: ValueText.tooDeep)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.textByteCount)
        value.write(to: &bytes)
        return bytes
    }

    private static func expiry(of line: JSON) throws(Misfit) -> Int64? {
        guard let member = line["expiresAt"], !member.isNull else { return nil }
        guard let time = member.int, time >= 0 else {
            throw Misfit(
                place: member, reason: "`expiresAt` is no number of milliseconds since 1970")
        }
        guard time <= maximumExpiry else {
            throw Misfit(
                place: member,
                reason: "`expiresAt` is at most \(maximumExpiry), which is the year 10889")
        }
        return Int64(time)
    }

    /// The latest instant that a store can hold.
    static let maximumExpiry = (1 << 48) - 1

    private static func string(_ member: JSON, _ name: String) throws(Misfit) -> String? {
        guard let text = member.string else {
            throw Misfit(place: member, reason: "`\(name)` is no string")
        }
        return text
    }

    private static func bytes(of line: JSON, _ name: String) throws(Misfit) -> [UInt8]? {
        guard let member = line[name] else { return nil }
        guard let text = try string(member, name), let bytes = Base64.decode(Array(text.utf8))
        else {
            throw Misfit(place: member, reason: "`\(name)` is no Base64")
        }
        return bytes
    }
}
