/// A set of Unicode scalars: ranges and general categories.
struct ScalarSet: Sendable {
    private var ranges: [ClosedRange<UInt32>] = []
    /// One bit for each general category.
    private var categories: UInt32 = 0
    private var isNegated = false
    /// The answers for ASCII, once the set is complete.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)

    /// Everything but the ends of lines.
    static let dot: ScalarSet = {
        var set = ScalarSet()
        set.insert(0x0A...0x0A)
        set.insert(0x0D...0x0D)
        set.complete(isNegated: true)
        return set
    }()

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func insert(categories mask: UInt32) { categories |= mask }

    /// Sorts the ranges and works out the answers for ASCII; nothing is inserted afterwards.
    mutating func complete(isNegated: Bool) {
        self.isNegated = isNegated
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                let end = max(last.upperBound, range.upperBound)
                merged[merged.count - 1] = last.lowerBound...end
            } else {
                merged.append(range)
            }
        }
        ranges = merged
        for scalar in 0..<UInt32(64) {
            if search(scalar) { ascii.low |= 1 << scalar }
            if search(scalar + 64) { ascii.high |= 1 << scalar }
        }
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return ascii.low >> scalar & 1 != 0 }
        if scalar < 128 { return ascii.high >> (scalar - 64) & 1 != 0 }
        return search(scalar)
    }

    private func search(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        if low < ranges.count, ranges[low].lowerBound <= scalar { return !isNegated }
        if categories != 0, let scalar = Unicode.Scalar(scalar) {
            let bit = Self.bit(of: scalar.properties.generalCategory)
            if categories & bit != 0 { return !isNegated }
        }
        return isNegated
    }
}

extension ScalarSet {
    static let allCategories: UInt32 = 1 << 30 - 1

    /// The categories that a name such as `L` or `Nd` stands for; nil where there is no such name.
    static func categories(named name: String) -> UInt32? {
        let bits = names.indices.filter { names[$0] == name || names[$0].prefix(1) == name }
        guard !bits.isEmpty else { return nil }
        return bits.reduce(0) { $0 | 1 << UInt32($1) }
    }

    /// The names of RFC 9485 in the order of their bits; it has no name for surrogates.
    private static let names = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn",
    ]

    private static func bit(of category: Unicode.GeneralCategory) -> UInt32 {
        1 << index(of: category)
    }

    private static func index(of category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .privateUse: 27
        case .unassigned: 28
        case .surrogate: 29
        @unknown default: 28
        }
    }
}
