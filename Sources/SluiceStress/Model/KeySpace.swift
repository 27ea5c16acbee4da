import SluiceSystem

/// The collections and keys of one life; a key is known by its number.
struct KeySpace: Sendable {
    /// The names that keys of a space have.
    enum Style: Sendable, Equatable {
        /// `k000123`.
        case plain
        /// Spaces, quotes, control characters, both normal forms of one letter, very long ones.
        case odd
        /// A few hundred bytes each.
        case long
    }

    let collections: [String]
    /// The bytes of each key, and the place of its collection.
    private(set) var keys: [[UInt8]] = []
    private(set) var places: [Int] = []
    private var numbers: [[[UInt8]: Int]]

    init(count: Int, style: Style, collections: [String], random: inout SplitMix) {
        self.collections = collections
        numbers = Array(repeating: [:], count: collections.count)
        keys.reserveCapacity(count)
        for number in 0..<count {
            let place = collections.count == 1 || number % 3 != 0 ? 0 : 1
            let key = Self.name(number, style, &random)
            keys.append(key)
            places.append(place)
            numbers[place][key] = number
        }
    }

    var count: Int { keys.count }

    /// The number of a key that was read, if it is one of this life's.
    func number(collection: Int, key: some Sequence<UInt8>) -> Int? {
        numbers[collection][Array(key)]
    }

    /// The place of a collection that was read; names are compared byte by byte.
    func place(ofCollection name: String) -> Int? {
        collections.firstIndex { $0.utf8.elementsEqual(name.utf8) }
    }

    func collection(of key: Int) -> String { collections[places[key]] }

    func text(of key: Int) -> String { String(decoding: keys[key], as: UTF8.self) }

    /// How a report calls a key.
    func shown(_ key: Int) -> String {
        let text = text(of: key).debugDescription
        return text.count <= 60 ? text : "\(text.prefix(60))… (\(keys[key].count) bytes)"
    }

    /// Names of collections that are hard to write in one way or another.
    static let oddCollections = [
        "b", "c c", "\u{e9}t\u{e9}", "e\u{301}te\u{301}", "quo\"te", "tab\there", "-dash", "日本",
    ]

    private static let oddBeginnings = [
        "#", " ", "  lead", "trail ", "\"", "\\", "'", "\u{e9}", "e\u{301}", "\u{1}\u{7f}", "\n",
        "\t",
        "/", "//", "a/b/", "%00", "{{$}}", "${X}", "-", "--", "\u{FEFF}", "\u{10FFFF}", "😀",
        "\u{2028}",
        "null", "0", "true", "ß", "SS", "\u{0}",
    ]

    private static func name(_ number: Int, _ style: Style, _ random: inout SplitMix) -> [UInt8] {
        let digits = String(number)
        let plain = "k" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        switch style {
        case .plain: return Array(plain.utf8)
        case .long:
            return Array((plain + String(repeating: "l", count: random.number(50...900))).utf8)
        case .odd:
            let beginning = oddBeginnings[number % oddBeginnings.count]
            if number < oddBeginnings.count { return Array(beginning.utf8) }
            let pad = random.chance(2) ? random.number(1000...32_000) : 0
            return Array((beginning + digits + String(repeating: "~", count: pad)).utf8)
        }
    }
}
