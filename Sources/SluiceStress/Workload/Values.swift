import SluiceJSON
import SluiceSystem

/// Makes the texts that are put: nearly each one of its own, so that an old value is told from a new.
struct Values: Sendable {
    /// How large the values of a life or an opening are.
    enum Size: Sendable {
        case tiny
        /// Up to some hundred bytes.
        case small
        /// Small ones, and a few of up to 100 kB.
        case mixed
        /// Hundreds of kilobytes each.
        case large
        /// Up to 2 MB.
        case huge
        /// The same text for every key.
        case equal
        /// Texts of one length that differ in their middle only.
        case fixed
    }

    var size: Size
    private var counter = 0

    init(size: Size) { self.size = size }

    /// Keys whose values are arrays, which updates append to.
    static func isArray(_ key: Int) -> Bool { key % 7 == 3 }

    /// Keys whose values are objects, which updates patch.
    static func isObject(_ key: Int) -> Bool { key % 7 == 5 }

    mutating func next(for key: Int, _ random: inout SplitMix) -> [UInt8] {
        counter += 1
        if Self.isArray(key) { return Array("[\(counter)]".utf8) }
        if Self.isObject(key) { return Array("{\"m0\":\(counter)}".utf8) }
        switch size {
        case .equal: return Array("\"same\"".utf8)
        case .fixed:
            let pad = pad(UInt8(ascii: "f"), 10_000)
            return [UInt8(ascii: "\"")] + pad + Array(String(1_000_000 + counter).utf8) + pad
                + [UInt8(ascii: "\"")]
        case .tiny: return Array(String(random.chance(20) ? counter % 10 : counter).utf8)
        case .small: return text(random.number(8...300), &random)
        case .mixed:
            return random.chance(3)
                ? text(random.number(1000...100_000), &random)
                : text(random.number(8...200), &random)
        case .large: return text(random.number(100_000...400_000), &random)
        case .huge:
            return random.chance(50)
                ? text(random.number(8...1000), &random)
                : text(random.number(500_000...2_000_000), &random)
        }
    }

    private func text(_ length: Int, _ random: inout SplitMix) -> [UInt8] {
        let letter = UInt8(ascii: "a") + UInt8(random.below(26))
        switch random.below(12) {
        case 0:
            return Array("{\"n\":\(counter),\"p\":\"".utf8) + pad(letter, length)
                + Array("\"}".utf8)
        case 1: return Array("\(counter).10e400".utf8)
        case 2: return Array("[\"\(counter)é\\u0000\\n\",null,1.0]".utf8)
        default: return Array("\"\(counter) ".utf8) + pad(letter, length) + [UInt8(ascii: "\"")]
        }
    }

    private func pad(_ letter: UInt8, _ length: Int) -> [UInt8] {
        Array(repeating: letter, count: length)
    }
}
