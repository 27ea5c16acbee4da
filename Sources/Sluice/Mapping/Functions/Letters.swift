/// Upper and lower case, one scalar for one scalar as Go's `strings` has it.
///
/// The standard library gives Unicode's full mappings. Where one is longer than a scalar the simple
/// mapping is the title case one, if that is single, or else the scalar itself.
enum Letters {
    static func upper(_ string: String) -> String {
        map(string, ascii: { $0 >= 0x61 && $0 <= 0x7A ? $0 & ~0x20 : $0 }, other: upper)
    }

    static func lower(_ string: String) -> String {
        map(string, ascii: { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, other: lower)
    }

    private static func map(
        _ string: String, ascii: (UInt8) -> UInt8, other: (Unicode.Scalar) -> Unicode.Scalar
    ) -> String {
        if string.utf8.allSatisfy({ $0 < 0x80 }) { return Text.string(string.utf8.map(ascii)) }
        var result = String.UnicodeScalarView()
        for scalar in string.unicodeScalars {
            if let byte = UInt8(exactly: scalar.value), byte < 0x80 {
                result.append(Unicode.Scalar(ascii(byte)))
            } else {
                result.append(other(scalar))
            }
        }
        return String(result)
    }

    private static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        single(scalar.properties.uppercaseMapping)
            ?? single(scalar.properties.titlecaseMapping) ?? scalar
    }

    private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        // U+0130 is the only scalar whose lower case is longer than one.
        scalar == "\u{130}" ? "i" : single(scalar.properties.lowercaseMapping) ?? scalar
    }

    private static func single(_ text: String) -> Unicode.Scalar? {
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}
