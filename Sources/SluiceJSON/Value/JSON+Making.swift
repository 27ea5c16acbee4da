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

    /// Makes a string.
    ///
    /// One whose escaped text is over 4 GiB is cut off; `JSONBuilder` reports it instead.
    public init(_ value: String) {
        var value = value
        self = value.withUTF8 { bytes in
            StringWriter.plain(bytes) ?? StringWriter.escaped(bytes)
        }
    }

    /// Makes an array.
    ///
    /// Throws `tooDeep` and `tooLarge` as `JSONBuilder` does with its default depth.
    public init(array: some Sequence<JSON>) throws(JSONError) {
        var builder = JSONBuilder()
        self = try builder.array(of: array)
    }

    /// Makes an object of members in this order; names may repeat.
    ///
    /// Throws `tooDeep` and `tooLarge` as `JSONBuilder` does with its default depth.
    public init(object: some Sequence<(String, JSON)>) throws(JSONError) {
        var builder = JSONBuilder()
        self = try builder.object(of: object)
    }

    /// Parses exactly one value with white space around it; see `JSONParser` for what is refused.
    public init(parsing text: String, maximumDepth: Int = 512) throws(JSONError) {
        var text = text
        let result = text.withUTF8 { Self.parsed($0, maximumDepth) }
        self = try result.get()
    }

    /// Parses exactly one value with white space around it; see `JSONParser` for what is refused.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 512) throws(JSONError) {
        let result = bytes.withUnsafeBufferPointer { Self.parsed($0, maximumDepth) }
        self = try result.get()
    }

    private static func parsed(
        _ text: UnsafeBufferPointer<UInt8>, _ maximumDepth: Int
    ) -> Result<JSON, JSONError> {
        var parser = JSONParser(maximumDepth: maximumDepth)
        do throws(JSONError) {
            return .success(try parser.parse(text))
        } catch {
            return .failure(error)
        }
    }
}

extension JSONBuilder {
    fileprivate mutating func array(of elements: some Sequence<JSON>) throws(JSONError) -> JSON {
        beginArray()
        for element in elements { append(element) }
        endArray()
        return try finish()
    }

    fileprivate mutating func object(
        of members: some Sequence<(String, JSON)>
    ) throws(JSONError) -> JSON {
        beginObject()
        for (name, value) in members { member(name, value) }
        endObject()
        return try finish()
    }
}

// Not by `nil`: in `condition ? json : nil` it would silently mean a null that is there.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Makes a truth value.
    public init(booleanLiteral value: Bool) { self.init(value) }

    /// Makes a number.
    public init(integerLiteral value: Int) { self.init(value) }

    /// Makes a number; a literal that is not finite as a double makes `null`.
    public init(floatLiteral value: Double) { self = JSON(value) ?? .null }

    /// Makes a string.
    public init(stringLiteral value: String) { self.init(value) }

    /// Makes an array.
    ///
    /// A literal has no limit of depth; one over 1 GiB + 64 MiB makes `null`.
    public init(arrayLiteral elements: JSON...) {
        var builder = JSONBuilder(maximumDepth: .max)
        self = (try? builder.array(of: elements)) ?? .null
    }

    /// Makes an object.
    ///
    /// A literal has no limit of depth; one over 1 GiB + 64 MiB makes `null`.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var builder = JSONBuilder(maximumDepth: .max)
        self = (try? builder.object(of: elements)) ?? .null
    }
}
