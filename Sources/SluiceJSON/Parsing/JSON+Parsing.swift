extension JSON {
    /// Parses exactly one value with white space around it; see `JSONParser` for what is refused.
    public init(parsing text: String, maximumDepth: Int = JSONLimits.textDepth) throws(JSONError) {
        var text = text
        let result = text.withUTF8 { Self.parsed($0, maximumDepth) }
        self = try result.get()
    }

    /// Parses exactly one value with white space around it; see `JSONParser` for what is refused.
    public init(parsing bytes: [UInt8], maximumDepth: Int = JSONLimits.textDepth) throws(JSONError)
    {
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
