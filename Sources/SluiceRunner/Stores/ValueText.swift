import SluiceJSON
import SluiceSystem

/// Values, which are bytes, as JSON text.
enum ValueText {
    /// How deep a stored value may nest, so that lines and replies which wrap it are still JSON.
    static let maximumDepth = JSONLimits.valueDepth
    static let tooDeep = "the value nests deeper than \(maximumDepth) arrays and objects"

    /// The bytes to store for a JSON text: its compact form, as flows store it.
    static func stored(_ text: [UInt8]) throws(JSONError) -> [UInt8] {
        let value = try JSON(parsing: text)
        guard value.depth <= maximumDepth else {
            throw JSONError(code: .tooDeep, message: tooDeep)
        }
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return bytes
    }

    /// The member that says a stored value: `value`, or `valueBase64` where it is no JSON.
    static func member(_ bytes: [UInt8]) -> (String, JSON) {
        if let value = try? JSON(parsing: bytes, maximumDepth: maximumDepth - 1) {
            return ("value", value)
        }
        var text: [UInt8] = []
        Base64.encode(bytes, to: &text)
        return ("valueBase64", JSON(String(decoding: text, as: UTF8.self)))
    }
}
