import Sluice
import SluiceJSON
import SluiceSystem

/// Keys, which are bytes, as people and programs write them.
enum KeyText {
    static let base64 = Option.flag(
        "base64", "Keys on the command line are Base64, for keys that are no UTF-8")

    /// The bytes of a key on the command line.
    static func bytes(_ text: String, _ arguments: Arguments) throws(UsageError) -> [UInt8] {
        guard arguments.has(base64) else { return Array(text.utf8) }
        guard let bytes = Base64.decode(Array(text.utf8)) else {
            throw UsageError("`\(text)` is no Base64")
        }
        return bytes
    }

    /// The member that says a key: `key`, or `keyBase64` where it is no UTF-8.
    static func member(_ key: [UInt8]) -> (String, JSON) {
        if let text = String(validating: key, as: UTF8.self) { return ("key", JSON(text)) }
        var text: [UInt8] = []
        Base64.encode(key, to: &text)
        return ("keyBase64", JSON(String(decoding: text, as: UTF8.self)))
    }

    /// A key for people: as it is where that is unmistakable, else in quotes, or as Base64.
    static func shown(_ key: [UInt8]) -> String {
        guard let text = String(validating: key, as: UTF8.self) else {
            var digits: [UInt8] = []
            Base64.encode(key, to: &digits)
            return "base64:" + String(decoding: digits, as: UTF8.self)
        }
        let isPlain =
            !text.isEmpty && !text.utf8.contains(UInt8(ascii: "\"")) && text == Printable.line(text)
            && !text.unicodeScalars.contains(where: \.properties.isWhitespace)
        return isPlain ? text : Printable.quoted(text)
    }
}
