extension JSON {
    private init(_ kind: Kind, text: UnsafeBufferPointer<UInt8>) {
        let document = Document(kind: kind, textCount: text.count) { target in
            if let start = text.baseAddress { target.update(from: start, count: text.count) }
        }
        self.init(document, 0)
    }

    private init(_ kind: Kind, _ text: StaticString) {
        self = text.withUTF8Buffer { JSON(kind, text: $0) }
    }

    /// `null`.
    public static let null = JSON(.null, "null")
    /// `true`.
    public static let `true` = JSON(.bool, "true")
    /// `false`.
    public static let `false` = JSON(.bool, "false")
    /// `[]`.
    public static let emptyArray = JSON(.array, "[]")
    /// `{}`.
    public static let emptyObject = JSON(.object, "{}")

    /// Makes a truth value.
    public init(_ value: Bool) { self = value ? .true : .false }

    /// Makes a number from an integer.
    public init(_ value: Int) { self.init(JSONNumber(value)) }

    /// Makes a number of the shortest text that reads back as this double; nil where not finite.
    public init?(_ value: Double) {
        guard let number = JSONNumber(value) else { return nil }
        self.init(number)
    }

    /// Makes a number with its exact text.
    public init(_ number: JSONNumber) {
        var text = number.text
        self = text.withUTF8 { JSON(.number, text: $0) }
    }
}
