import SluiceJSON

/// One thing that is asked of a key.
struct Operation: Sendable {
    enum Kind: Sendable {
        /// A put of a text, which is kept until it is written to the child.
        case put(StoredValue, text: [UInt8], seconds: Int?)
        case delete
        /// Appends an item, a JSON text, of which so many stay.
        case append(item: Int, keepLast: Int)
        /// A merge patch of one member: a number, or none to remove it.
        case patch(member: String, number: Int?)
    }

    var kind: Kind
    let key: Int
    /// The condition, where there is one.
    var ifRevision: Int?
}

/// A message to a store: one operation, or several that happen all or not at all.
struct Batch: Sendable {
    /// The input port that it goes to.
    enum Port: String, Sendable { case put, delete, update, write }

    let port: Port
    var operations: [Operation]

    /// The message as a line for the flow's `ops` input; `number` comes back as its context.
    func line(number: Int, keys: KeySpace) -> [UInt8] {
        var bytes: [UInt8] = Array("{\"p\":\"\(port.rawValue)\",\"m\":{\"context\":\(number)".utf8)
        if port == .write {
            bytes += Array(",\"operations\":[".utf8)
            for (place, operation) in operations.enumerated() {
                bytes += Array((place == 0 ? "{" : ",{").utf8)
                switch operation.kind {
                case .put: bytes += Array("\"op\":\"put\"".utf8)
                default: bytes += Array("\"op\":\"delete\"".utf8)
                }
                operation.write(to: &bytes, keys)
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(UInt8(ascii: "]"))
        } else {
            for operation in operations { operation.write(to: &bytes, keys) }
        }
        bytes += Array("}}".utf8)
        return bytes
    }
}

extension Operation {
    /// Writes the members that say what is asked, each behind a comma.
    fileprivate func write(to bytes: inout [UInt8], _ keys: KeySpace) {
        bytes += Array(",\"collection\":".utf8)
        JSON(keys.collection(of: key)).write(to: &bytes)
        bytes += Array(",\"key\":".utf8)
        JSON(keys.text(of: key)).write(to: &bytes)
        switch kind {
        case .put(_, let text, let seconds):
            bytes += Array(",\"value\":".utf8)
            bytes += text
            if let seconds { bytes += Array(",\"ttlSeconds\":\(seconds)".utf8) }
        case .delete: break
        case .append(let item, let keepLast):
            bytes += Array(",\"append\":\(item),\"keepLast\":\(keepLast)".utf8)
        case .patch(let member, let number):
            let text = number.map(String.init) ?? "null"
            bytes += Array(",\"patch\":{\"\(member)\":\(text)}".utf8)
        }
        if let ifRevision { bytes += Array(",\"ifRevision\":\(ifRevision)".utf8) }
    }
}
