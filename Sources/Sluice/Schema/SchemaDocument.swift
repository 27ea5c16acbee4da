import SluiceJSON
import SluiceSystem

/// The JSON document that a schema is read from: what its references lead into.
final class SchemaDocument: Sendable {
    let json: JSON
    /// The document's own `$id`, with which its references may begin.
    let identifier: String
    /// What pointers have led to: many references lead to few places, or each to the next.
    private let known = Lock<[Name: JSON]>([:])

    init(_ json: JSON) {
        self.json = json
        identifier = json["$id"]?.string ?? ""
    }

    /// The pointer that a `$ref` is: `#` and a JSON Pointer.
    ///
    /// - Throws: ``Failure`` where it leads out of the document or to nothing.
    func pointer(of text: String) throws(Failure) -> String {
        var text = Substring(text)
        if !identifier.isEmpty, text.begins(with: identifier) {
            text = Substring(text.utf8.dropFirst(identifier.utf8.count))
            if text.isEmpty { text = "#" }
        }
        guard text.begins(with: "#") else {
            throw Schema.broken("leads out of this schema: a reference begins with `#`")
        }
        let pointer = String(text)
        guard pointer.utf8.count > 1, !pointer.begins(with: "#/") else {
            _ = try json(at: pointer)
            return pointer
        }
        let anchor = String(decoding: pointer.utf8.dropFirst(), as: UTF8.self)
        guard let place = place(ofAnchor: anchor, in: json, at: "#") else {
            throw Schema.broken("leads to nothing: this schema has no `$anchor` \(anchor)")
        }
        return place
    }

    /// What lies at a pointer.
    ///
    /// - Throws: ``Failure`` where nothing does.
    func json(at pointer: String) throws(Failure) -> JSON {
        let name = Name(pointer)
        if let found = known.withLock({ $0[name] }) { return found }
        let found = try look(at: pointer)
        known.withLock { $0[name] = found }
        return found
    }

    private func look(at pointer: String) throws(Failure) -> JSON {
        var value = json
        let parts = pointer.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts.dropFirst() {
            let name = Self.name(of: part)
            let next = value.kind == .array ? Int(name).flatMap { value[$0] } : value[name]
            guard let next else {
                throw Schema.broken("leads to nothing: this schema has no `\(pointer)`")
            }
            value = next
        }
        return value
    }

    /// The name that a part of a pointer stands for: `~1` is a slash, `~0` a tilde, `%7E` a byte.
    private static func name(of part: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = Array(part)[...]
        while let byte = rest.popFirst() {
            let next = rest.first
            if byte == UInt8(ascii: "~"), next == UInt8(ascii: "0") || next == UInt8(ascii: "1") {
                rest.removeFirst()
                bytes.append(next == UInt8(ascii: "0") ? byte : UInt8(ascii: "/"))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = Hexadecimal.number(
                    String(decoding: rest.prefix(2), as: UTF8.self), digits: 2, anyCase: true)
            {
                rest.removeFirst(2)
                bytes.append(UInt8(value))
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The part of a pointer that stands for a name.
    private static func part(of name: String) -> String {
        let bytes = name.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "~"): Array("~0".utf8)
            case UInt8(ascii: "/"): Array("~1".utf8)
            case UInt8(ascii: "%"): Array("%25".utf8)
            default: [byte]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func place(ofAnchor name: String, in json: JSON, at place: String) -> String? {
        if json["$anchor"]?.string.map({ $0.isSame(as: name) }) == true { return place }
        for (index, element) in json.elements.enumerated() {
            if let found = self.place(ofAnchor: name, in: element, at: "\(place)/\(index)") {
                return found
            }
        }
        for member in json.members {
            let part = Self.part(of: member.name)
            if let found = self.place(ofAnchor: name, in: member.value, at: "\(place)/\(part)") {
                return found
            }
        }
        return nil
    }
}
