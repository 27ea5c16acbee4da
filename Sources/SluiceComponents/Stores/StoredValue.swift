import Sluice
import SluiceJSON
import SluiceStore

/// JSON values as the bytes that a store keeps: their compact text.
enum StoredValue {
    /// How deep a stored value may nest, so that replies which wrap it are still JSON text.
    static let maximumDepth = 480
    /// How deep replies may nest: as deep as any text.
    static let maximumTextDepth = 512

    /// The bytes to store.
    ///
    /// - Throws: ``Failure`` (`invalid_value`) where the value nests too deep.
    static func bytes(of value: JSON, at path: String) throws(Failure) -> [UInt8] {
        guard value.depth <= maximumDepth else { throw tooDeep(at: path) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.textByteCount)
        value.write(to: &bytes)
        return bytes
    }

    static func tooDeep(at path: String) -> Failure {
        Failure(
            "invalid_value", "the value nests deeper than \(maximumDepth) arrays and objects",
            details: ["path": JSON(path)])
    }

    /// Why a changed value could not be built.
    static func failure(_ error: JSONError, at path: String) -> Failure {
        error.code == .tooDeep
            ? tooDeep(at: path)
            : Failure(
                "value_too_large", "the value is longer than \(StoreLimits.valueBytes) bytes")
    }

    /// The JSON that a merge operator was given.
    static func operand(_ bytes: [UInt8]) throws(Failure) -> JSON {
        do {
            return try JSON(parsing: bytes, maximumDepth: maximumTextDepth)
        } catch {
            throw .invalid("the operand of a merge is no JSON: \(error.description)", at: "$")
        }
    }

    /// The value in a record.
    ///
    /// - Throws: ``Failure`` (`corrupt`) with collection and key where the bytes are no JSON.
    static func value(
        of bytes: [UInt8], _ collection: String, _ key: [UInt8]
    ) throws(Failure) -> JSON {
        do {
            return try JSON(parsing: bytes, maximumDepth: maximumTextDepth)
        } catch {
            let key = String(decoding: key, as: UTF8.self)
            throw Failure(
                "corrupt",
                "what is stored under \"\(key)\" in collection \"\(collection)\" is no JSON: "
                    + error.description,
                details: ["collection": JSON(collection), "key": JSON(key)])
        }
    }
}
