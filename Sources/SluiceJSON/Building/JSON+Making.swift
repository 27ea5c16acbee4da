// Values made of strings, arrays and objects, and literals.
extension JSON {
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
