/// Reads durations as people write them, such as `1h30m`, `-1.5s` and `250ms`: the one grammar of flow files,
/// the mapping language and the command line.
package enum DurationText {
    private static let units: [(name: [UInt8], milliseconds: Int)] = [
        (Array("ms".utf8), 1), (Array("s".utf8), 1_000), (Array("m".utf8), 60_000),
        (Array("h".utf8), 3_600_000), (Array("d".utf8), 86_400_000),
        (Array("w".utf8), 604_800_000),
    ]

    /// Milliseconds, nil where the text is no duration.
    ///
    /// One that is no whole number of milliseconds, or needs more than 64 bits, is none either. A
    /// number without unit is `0` alone.
    package static func milliseconds(of text: String) -> Int? {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { return nil }
        var total = 0
        while !rest.isEmpty {
            guard let part = part(&rest) else { return nil }
            let sum = total.addingReportingOverflow(part)
            guard !sum.overflow else { return nil }
            total = sum.partialValue
        }
        return isNegative ? -total : total
    }

    /// One number with its unit, exactly.
    private static func part(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let whole = take(&rest, while: isDigit)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = take(&rest, while: isDigit)
        }
        guard !(whole.isEmpty && fraction.isEmpty), fraction.count <= 12 else { return nil }
        let name = take(&rest, while: isLetter)
        guard let unit = units.first(where: { $0.name.elementsEqual(name) })?.milliseconds,
            var value = Int(String(decoding: whole + fraction, as: UTF8.self))
        else { return nil }
        let product = value.multipliedReportingOverflow(by: unit)
        guard !product.overflow else { return nil }
        value = product.partialValue
        for _ in fraction {
            guard value % 10 == 0 else { return nil }
            value /= 10
        }
        return value
    }

    private static func take(
        _ rest: inout ArraySlice<UInt8>, while passes: (UInt8) -> Bool
    ) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: passes)
        rest = rest[taken.endIndex...]
        return taken
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
