/// Keys of 24 bytes, a hundred messages for each user: `user/00000012/msg/000034`.
enum Keys {
    static let byteCount = 24
    /// The bytes of a key that all messages of its user share.
    static let prefixByteCount = 14
    static let keysPerPrefix = 100

    private static let template = Array("user/00000000/msg/000000".utf8)

    /// The key of a number.
    static func key(_ number: UInt64) -> [UInt8] {
        var key = template
        set(&key, number)
        return key
    }

    /// Turns one key into another without allocating.
    static func set(_ key: inout [UInt8], _ number: UInt64) {
        key.withUnsafeMutableBufferPointer { bytes in
            bytes.setDigits(at: 5, count: 8, number / 100)
            bytes.setDigits(at: 18, count: 6, number % 100)
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes a number with leading zeros.
    func setDigits(at offset: Int, count: Int, _ number: UInt64) {
        var rest = number
        for index in stride(from: offset + count - 1, through: offset, by: -1) {
            self[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
