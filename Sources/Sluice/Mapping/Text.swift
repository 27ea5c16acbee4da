/// Strings as the mapping language sees them: sequences of Unicode scalars.
///
/// Swift's own `==`, `<` and `hasPrefix` compare canonically (`é` equals `e` + accent) and count
/// grapheme clusters, so they are not used here. UTF-8 keeps the order of scalars, which lets
/// all comparing and searching work on bytes.
enum Text {
    static func isEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Negative, zero or positive in the order of Unicode scalars.
    static func order(_ left: String, _ right: String) -> Int {
        if isEqual(left, right) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    /// Refuses a text that would be longer than a limit.
    static func checkLength(
        _ bytes: Int, at span: Range<Int>, limit: Int = MappingLimits.textBytes
    ) throws(Fault) {
        guard bytes <= limit else {
            throw .limit("the text would be longer than \(limit >> 20) MiB", span: span)
        }
    }

    /// Number of Unicode scalars in UTF-8 `bytes`: those that are not continuation bytes.
    static func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Offsets at which `needle` occurs in `haystack`, left to right without overlaps.
    ///
    /// At most `limit` of them; none for an empty needle. Linear in both lengths (Knuth, Morris,
    /// Pratt).
    static func occurrences(
        of needle: [UInt8], in haystack: [UInt8], limit: Int = .max
    ) -> [Int] {
        guard !needle.isEmpty, needle.count <= haystack.count, limit > 0 else { return [] }
        let borders = borderLengths(of: needle)
        var found: [Int] = []
        var matched = 0
        for (place, byte) in haystack.enumerated() {
            while matched > 0, needle[matched] != byte { matched = borders[matched - 1] }
            if needle[matched] == byte { matched += 1 }
            if matched == needle.count {
                found.append(place + 1 - matched)
                if found.count == limit { break }
                matched = 0
            }
        }
        return found
    }

    /// For each prefix of `needle`, the length of its longest proper prefix that is also a suffix.
    private static func borderLengths(of needle: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: needle.count)
        var length = 0
        for place in needle.indices.dropFirst() {
            while length > 0, needle[length] != needle[place] { length = borders[length - 1] }
            if needle[length] == needle[place] { length += 1 }
            borders[place] = length
        }
        return borders
    }

    /// The string that valid UTF-8 `bytes` spell.
    static func string(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
