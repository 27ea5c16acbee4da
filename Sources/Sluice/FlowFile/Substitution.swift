import SluiceJSON

/// Replaces the variables of one string of a flow file.
///
/// A value is never code: where the string is an expression or a template, a value inside the quotes of
/// a string literal is escaped, outside of them it is a literal, and in the text around expressions it
/// stays text, whatever braces it has.
struct Substitution {
    /// What the string is read as.
    struct Language {
        /// `{{expressions}}` in it are code.
        var isTemplate = false
        /// The text itself is code.
        var isExpression = false

        /// Whether there is no code at all.
        var isPlain: Bool { !isTemplate && !isExpression }
    }

    /// What a variable stands for.
    enum Found {
        /// A parameter's value.
        case typed(JSON)
        /// A variable of the environment, or a default.
        case text(String)

        var text: String {
            switch self {
            case .typed(let value): value.string ?? value.text
            case .text(let text): text
            }
        }

        /// Whether it is a variable of the environment that is empty.
        var isEmptyText: Bool {
            if case .text(let text) = self { text.isEmpty } else { false }
        }

        var literal: String {
            switch self {
            case .typed(let value): CodeText.literal(value)
            case .text(let text): CodeText.literal(JSON(text))
            }
        }
    }

    /// Something wrong with a variable, at bytes of the string.
    struct Problem {
        var text: String
        var offset: Int
        var length: Int
    }

    /// What the string becomes; nil where a variable has no value.
    private(set) var value: JSON?
    var problems: [Problem] = []
    /// Whether the value of a parameter that has none was made up.
    var isUnknown = false
    /// The schemas of the parameters that were made up.
    var unknown: [(name: String, schema: Schema)] = []
    /// Where a path starts that the string's one whole parameter is.
    var folder: String?
    /// Whether the string is one whole variable.
    private(set) var isWhole = false
    /// The parameters that are named, also those that did not count.
    var names: Set<String> = []
    private(set) var map = SourceMap()

    /// Whether a parameter is named whose value is missing or wrong, which has been noted.
    var isBroken = false
    /// Whether the whole variable is a parameter.
    var wholeIsTyped = false
    let variables: Variables
    let wanted: Schema
    let bytes: [UInt8]
    /// How many defaults the string lies in.
    let depth: Int
    private let language: Language
    private var place = 0
    private var output: [UInt8] = []
    /// The text since the last expression, which becomes one where a value would be read as code.
    private var run: [UInt8] = []
    private var runMap = SourceMap()
    private var runHasValue = false
    /// Inside of `{{ }}`: how many braces are open in it.
    private var braces: Int?
    /// The quote of the string literal that the place is in.
    private var quote: UInt8?
    /// The same for an expression around the template.
    private var outerQuote: UInt8?

    /// Replaces the variables of a string.
    ///
    /// - Parameter wanted: What the place wants: a whole `${NAME}` of the environment is read as JSON
    ///   where that is no string.
    init(
        _ text: String, _ variables: Variables, _ language: Language, wanted: Schema, depth: Int = 0
    ) {
        self.depth = depth
        self.variables = variables
        self.language = language
        self.wanted = wanted
        bytes = Array(text.utf8)
        if let whole = wholeVariable() {
            isWhole = true
            value = isBroken || !problems.isEmpty ? nil : value(of: whole)
            return
        }
        while place < bytes.count { step() }
        flushRun()
        guard problems.isEmpty, !isBroken else { return }
        value = JSON(String(decoding: output, as: UTF8.self))
    }

    /// Whether a text has a `${` or, in code, a bracket that may be that of a call.
    static func mayChange(_ text: String, _ language: Language) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{"), last == UInt8(ascii: "$") { return true }
            if byte == UInt8(ascii: "("), !language.isPlain { return true }
            last = byte
        }
        return false
    }

    private var isCode: Bool { braces != nil || language.isExpression }

    // MARK: Going through the text

    private mutating func step() {
        let byte = bytes[place]
        if byte == UInt8(ascii: "$") { return dollar() }
        if let quote = currentQuote {
            // Also where no escape begins so: a value behind the backslash could end the literal.
            if byte == UInt8(ascii: "\\") { return copy(2) }
            if byte == quote { setQuote(nil) }
            // An outer string literal may have expressions in it.
            if braces == nil, opens(at: place) { return open() }
            return copy(1)
        }
        if braces == nil, opens(at: place) { return open() }
        guard isCode else { return copy(1) }
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            setQuote(byte)
        case UInt8(ascii: "{"):
            if let depth = braces { braces = depth + 1 }
        case UInt8(ascii: "}"):
            if let depth = braces {
                if depth == 0, place + 1 < bytes.count, bytes[place + 1] == byte {
                    return close()
                }
                braces = max(0, depth - 1)
            }
        case _ where byte.isNameStart:
            return word()
        default:
            break
        }
        copy(1)
    }

    private var currentQuote: UInt8? { braces == nil ? outerQuote : quote }

    private mutating func setQuote(_ byte: UInt8?) {
        if braces == nil { outerQuote = byte } else { quote = byte }
    }

    private func opens(at place: Int) -> Bool {
        language.isTemplate && place + 1 < bytes.count && bytes[place] == UInt8(ascii: "{")
            && bytes[place + 1] == UInt8(ascii: "{")
    }

    private mutating func open() {
        flushRun()
        braces = 0
        quote = nil
        copy(2)
    }

    private mutating func close() {
        copy(2)
        braces = nil
    }

    private mutating func dollar() {
        let next = place + 1 < bytes.count ? bytes[place + 1] : 0
        if next == UInt8(ascii: "$"), place + 2 < bytes.count, bytes[place + 2] == UInt8(ascii: "{")
        {
            // `$${` stands for `${`.
            append("$", for: place..<place + 2)
            place += 2
            if !opens(at: place) { copy(1) }
            return
        }
        guard next == UInt8(ascii: "{") else { return copy(1) }
        let start = place
        guard let (found, end) = variable(at: start) else {
            place = bytes.count
            return
        }
        place = end
        if let found { insert(found, for: start..<end) }
    }

    /// The end of a name in code; a call of `param` or `env` is replaced by what it stands for.
    private mutating func word() {
        let start = place
        var end = place
        while end < bytes.count, bytes[end].isNamePart { end += 1 }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        let before = start > 0 ? bytes[start - 1] : 0
        let isCall = (text == "param" || text == "env") && before != UInt8(ascii: ".")
        guard isCall, let (name, close) = soleArgument(at: end) else { return copy(end - start) }
        let range = start..<close
        let found = text == "param" ? parameter(name, at: range) : environment(name, at: range)
        place = close
        if let found { insert(found, for: range) }
    }

    /// The string that a call whose `(` comes next has as its one argument, and the end of the call.
    private func soleArgument(at start: Int) -> (String, Int)? {
        var place = start
        func skipBlanks() { while place < bytes.count, bytes[place].isBlank { place += 1 } }
        func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
            return true
        }
        guard take(UInt8(ascii: "(")) else { return nil }
        skipBlanks()
        guard place < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[place])
        else { return nil }
        let quote = bytes[place]
        guard let close = bytes[(place + 1)...].firstIndex(of: quote) else { return nil }
        let name = String(decoding: bytes[(place + 1)..<close], as: UTF8.self)
        place = close + 1
        guard Names.isVariable(name), take(UInt8(ascii: ")")) else { return nil }
        return (name, place)
    }

    // MARK: One whole variable

    private mutating func wholeVariable() -> Found? {
        guard bytes.starts(with: "${".utf8), closing(from: 2) == bytes.count - 1 else { return nil }
        folder = nil
        guard let (found, _) = variable(at: 0) else { return nil }
        guard let found else {
            if problems.isEmpty { isBroken = true }
            return .text("")
        }
        return found
    }

    private mutating func value(of whole: Found) -> JSON {
        map.replace(0..<bytes.count, by: 0)
        let value: JSON
        switch whole {
        case _ where language.isExpression: value = JSON(whole.literal)
        case .typed(let typed): value = typed
        case .text(let text):
            // A text stands for itself where it fits.
            let parsed = try? JSON(parsing: text)
            let isMeant = wanted.types.contains(.string) && wanted.mismatches(JSON(text)).isEmpty
            let fits = parsed.map { wanted.mismatches($0).isEmpty } ?? false
            let isText = isMeant || wanted.types.contains(.string) && !fits
            value = isText ? JSON(text) : parsed ?? JSON(text)
        }
        return language.isTemplate ? CodeText.template(value) : value
    }

    // MARK: Writing

    private mutating func copy(_ count: Int) {
        let range = place..<min(place + count, bytes.count)
        if braces == nil {
            run += bytes[range]
            runMap.copy(range)
        } else {
            output += bytes[range]
            map.copy(range)
        }
        place = range.upperBound
    }

    private mutating func append(_ text: String, for range: Range<Int>) {
        if braces == nil {
            run += text.utf8
            runMap.replace(range, by: text.utf8.count)
        } else {
            output += text.utf8
            map.replace(range, by: text.utf8.count)
        }
    }

    private mutating func insert(_ found: Found, for range: Range<Int>) {
        folder = nil
        if braces == nil { runHasValue = true }
        guard isCode else { return append(found.text, for: range) }
        if let quote = currentQuote {
            return append(
                PathText.escaped(found.text, quote: Unicode.Scalar(quote)), for: range)
        }
        // A literal does not grow together with what stands beside it.
        let before = (braces == nil ? run : output).last
        let after = range.upperBound < bytes.count ? bytes[range.upperBound] : 0
        let left = before.map { $0.isNamePart || $0 == UInt8(ascii: ".") } == true ? " " : ""
        append(left + found.literal + (after.isNamePart ? " " : ""), for: range)
    }

    /// Ends the text before an expression; text that has a value in it and would be read as code
    /// becomes an expression of its own.
    private mutating func flushRun() {
        defer {
            run = []
            runMap = SourceMap()
            runHasValue = false
        }
        let isMistaken = CodeText.hasOpening(run) || run.last == UInt8(ascii: "{")
        guard language.isTemplate, runHasValue, isMistaken else {
            output += run
            map.append(runMap)
            return
        }
        let text = CodeText.expression(String(decoding: run, as: UTF8.self))
        output += text.utf8
        map.replace(runMap.source, by: text.utf8.count)
    }
}
