extension PathParser {
    /// The decoded bytes of a string in single or double quotes.
    mutating func string() throws(JSONPathError) -> [UInt8] {
        let start = position
        guard let quote = next else { throw failed("expected a string") }
        position += 1
        var decoded: [UInt8] = []
        while let byte = next {
            switch byte {
            case quote:
                position += 1
                return decoded
            case UInt8(ascii: "\\"):
                try escape(quote, into: &decoded)
            case 0..<0x20:
                throw failed("a control character in a string has to be escaped")
            default:
                let first = position
                try skipScalar()
                decoded.append(contentsOf: bytes[first..<position])
            }
        }
        throw failed("the string has no end", at: start)
    }

    private mutating func escape(
        _ quote: UInt8, into decoded: inout [UInt8]
    ) throws(JSONPathError) {
        let start = position
        guard let letter = byte(after: 1) else { throw failed("the path ends after '\\'") }
        position += 2
        switch letter {
        case quote, UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            decoded.append(contentsOf: String(try scalar(start)).utf8)
        default: throw failed("no such escape in a string", at: start)
        }
    }

    private mutating func scalar(_ start: Int) throws(JSONPathError) -> Unicode.Scalar {
        var value = try unit()
        if value >= 0xD800, value < 0xDC00 {
            guard next == UInt8(ascii: "\\"), byte(after: 1) == UInt8(ascii: "u") else {
                throw failed("an escaped surrogate without its other half", at: start)
            }
            position += 2
            let low = try unit()
            guard low >= 0xDC00, low < 0xE000 else {
                throw failed("an escaped surrogate without its other half", at: start)
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw failed("an escaped surrogate without its other half", at: start)
        }
        return scalar
    }

    private mutating func unit() throws(JSONPathError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(ASCII.hexValue) else {
                throw failed("expected four hexadecimal digits after \\u")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
