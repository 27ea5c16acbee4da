internal import SluiceJSON

/// Functions of strings, with the results of Go's `strings`, counted in Unicode scalars.
enum TextFunctions {
    static let table = [
        Functions.Function(
            name: "length", signature: "length(x)",
            summary: "Number of Unicode scalars of a string, elements or members.",
            argumentCount: 1...1, takes: [[.string, .array, .object]], gives: .integer,
            body: length),
        Functions.Function(
            name: "upper", signature: "upper(s)",
            summary: "Upper case, scalar by scalar: `ß` stays.",
            argumentCount: 1...1, takes: [.string], gives: .string,
            body: upper),
        Functions.Function(
            name: "lower", signature: "lower(s)", summary: "Lower case, scalar by scalar.",
            argumentCount: 1...1, takes: [.string], gives: .string,
            body: lower),
        Functions.Function(
            name: "trim", signature: "trim(s[, characters])",
            summary: "Without white space, or without any of the characters, at both ends.",
            argumentCount: 1...2, takes: [.string], gives: .string,
            body: trim),
        Functions.Function(
            name: "reverse", signature: "reverse(x)",
            summary: "A string's scalars or an array's elements, last first.",
            argumentCount: 1...1, takes: [[.string, .array]], gives: [.string, .array],
            infers: FunctionShapes.stringOrElements,
            body: reverse),
        Functions.Function(
            name: "split", signature: "split(s, separator)",
            summary: "The parts between separators; an empty separator splits into scalars.",
            argumentCount: 2...2, takes: [.string], gives: .array,
            infers: FunctionShapes.strings,
            body: split),
        Functions.Function(
            name: "join", signature: "join(array, separator)",
            summary: "The elements as text, as an interpolation shows them, with a separator.",
            argumentCount: 2...2, takes: [.array, .string], gives: .string,
            body: join),
        Functions.Function(
            name: "contains", signature: "contains(x, part)",
            summary: "Whether a string has the part, or an array an element equal to it.",
            argumentCount: 2...2, takes: [[.string, .array], .any], gives: .boolean,
            body: contains),
        Functions.Function(
            name: "hasprefix", signature: "hasprefix(s, prefix)",
            summary: "Whether the string begins so.", argumentCount: 2...2, takes: [.string],
            gives: .boolean,
            body: hasPrefix),
        Functions.Function(
            name: "hassuffix", signature: "hassuffix(s, suffix)",
            summary: "Whether the string ends so.", argumentCount: 2...2, takes: [.string],
            gives: .boolean,
            body: hasSuffix),
        Functions.Function(
            name: "replace", signature: "replace(s, old, new[, count])",
            summary: "With the first count occurrences replaced; all without count or below 0.",
            argumentCount: 3...4, takes: [.string, .string, .string, .integer], gives: .string,
            body: replace),
        Functions.Function(
            name: "substr", signature: "substr(s, start[, length])",
            summary:
                "From start (0 is the first, below 0 counts from the end), cut to what is there.",
            argumentCount: 2...3, takes: [.string, .integer], gives: .string,
            body: substring),
        Functions.Function(
            name: "index", signature: "index(s, part)",
            summary: "Where the part first occurs, from 0; -1 where it does not.",
            argumentCount: 2...2, takes: [.string], gives: .integer,
            body: index),
        pattern(
            "match", "Whether the whole string matches an I-Regexp (RFC 9485).", anywhere: false),
        pattern(
            "search", "Whether some part of the string matches an I-Regexp.", anywhere: true),
    ]

    @Sendable static func length(_ call: FunctionCall) throws(Fault) -> Value {
        if let string = call.values[0].string { return .int(string.unicodeScalars.count) }
        guard case .json(let json) = call.values[0], json.kind == .array || json.kind == .object
        else { throw call.mismatch(0, wanted: "a string, an array or an object") }
        return .int(json.count)
    }

    @Sendable static func upper(_ call: FunctionCall) throws(Fault) -> Value {
        .string(Letters.upper(try call.string(0)))
    }

    @Sendable static func lower(_ call: FunctionCall) throws(Fault) -> Value {
        .string(Letters.lower(try call.string(0)))
    }

    @Sendable static func trim(_ call: FunctionCall) throws(Fault) -> Value {
        let scalars = try call.string(0).unicodeScalars
        let cut = call.values.count > 1 ? Set(try call.string(1).unicodeScalars) : nil
        func isCut(_ scalar: Unicode.Scalar) -> Bool {
            cut?.contains(scalar) ?? scalar.properties.isWhitespace
        }
        let head = scalars.drop(while: isCut)
        guard let last = head.lastIndex(where: { !isCut($0) }) else { return .string("") }
        return .string(String(head[...last]))
    }

    @Sendable static func reverse(_ call: FunctionCall) throws(Fault) -> Value {
        if let string = call.values[0].string {
            var reversed = String.UnicodeScalarView()
            reversed.append(contentsOf: string.unicodeScalars.reversed())
            return .string(String(reversed))
        }
        guard let array = call.values[0].container(.array) else {
            throw call.mismatch(0, wanted: "a string or an array")
        }
        return try call.list { builder in
            for element in Array(array.elements).reversed() { builder.append(element) }
        }
    }

    @Sendable static func split(_ call: FunctionCall) throws(Fault) -> Value {
        let bytes = try call.bytes(0)
        let separator = try call.bytes(1)
        if separator.isEmpty {
            // A part is at least one byte between two quotes.
            try call.checkLength(Text.scalarCount(bytes[...]) * 3)
            let scalars = try call.string(0).unicodeScalars
            return try call.list { builder in
                for scalar in scalars { builder.append(String(scalar)) }
            }
        }
        let most = MappingLimits.resultBytes / 3
        let places = Text.occurrences(of: separator, in: bytes, limit: most + 1)
        try call.checkLength(places.count * 3)
        return try call.list { builder in
            var start = 0
            for place in places {
                builder.append(Text.string(bytes[start..<place]))
                start = place + separator.count
            }
            builder.append(Text.string(bytes[start...]))
        }
    }

    @Sendable static func join(_ call: FunctionCall) throws(Fault) -> Value {
        let array = try call.array(0)
        let separator = try call.string(1)
        var text = ""
        var isFirst = true
        for element in array.elements {
            guard let part = Value.json(element).interpolatedText else {
                throw call.fault("null has no text")
            }
            if !isFirst { text += separator }
            text += part
            isFirst = false
            try call.checkLength(text.utf8.count)
        }
        return .string(text)
    }

    @Sendable static func contains(_ call: FunctionCall) throws(Fault) -> Value {
        if let array = call.values[0].container(.array) {
            let wanted = call.values[1]
            return .bool(array.elements.contains { wanted.equals(.json($0)) })
        }
        guard call.values[0].kind == .string else {
            throw call.mismatch(0, wanted: "a string or an array")
        }
        let part = try call.bytes(1)
        let bytes = try call.bytes(0)
        return .bool(part.isEmpty || !Text.occurrences(of: part, in: bytes, limit: 1).isEmpty)
    }

    @Sendable static func hasPrefix(_ call: FunctionCall) throws(Fault) -> Value {
        let string = try call.string(0)
        return .bool(string.utf8.starts(with: try call.string(1).utf8))
    }

    @Sendable static func hasSuffix(_ call: FunctionCall) throws(Fault) -> Value {
        let string = try call.string(0)
        return .bool(string.utf8.reversed().starts(with: try call.string(1).utf8.reversed()))
    }

    @Sendable static func replace(_ call: FunctionCall) throws(Fault) -> Value {
        let bytes = try call.bytes(0)
        let old = try call.bytes(1)
        let new = try call.bytes(2)
        let count = call.values.count > 3 ? try call.integer(3) : -1
        let limit = count < 0 ? Int.max : count
        let places =
            old.isEmpty
            ? boundaries(of: bytes, limit: limit)
            : Text.occurrences(of: old, in: bytes, limit: limit)
        let growth = places.count.multipliedReportingOverflow(by: new.count)
        try call.checkLength(growth.overflow ? .max : growth.partialValue)
        let size = bytes.count + growth.partialValue - places.count * old.count
        try call.checkLength(size)
        var result: [UInt8] = []
        result.reserveCapacity(size)
        var start = 0
        for place in places {
            result += bytes[start..<place]
            result += new
            start = place + old.count
        }
        result += bytes[start...]
        return call.text(result)
    }

    /// Where an empty string occurs: before each scalar and at the end.
    private static func boundaries(of bytes: [UInt8], limit: Int) -> [Int] {
        let starts = bytes.indices.lazy.filter { bytes[$0] & 0xC0 != 0x80 }
        return Array((Array(starts) + [bytes.count]).prefix(limit))
    }

    @Sendable static func substring(_ call: FunctionCall) throws(Fault) -> Value {
        let scalars = Array(try call.string(0).unicodeScalars)
        let given = try call.integer(1)
        let start = given < 0 ? max(0, scalars.count + max(given, -scalars.count)) : given
        let rest = scalars.dropFirst(min(start, scalars.count))
        var result = String.UnicodeScalarView()
        if call.values.count > 2 {
            let length = try call.integer(2)
            guard length >= 0 else { throw call.fault("the length is below 0") }
            result.append(contentsOf: rest.prefix(length))
        } else {
            result.append(contentsOf: rest)
        }
        return .string(String(result))
    }

    @Sendable static func index(_ call: FunctionCall) throws(Fault) -> Value {
        let bytes = try call.bytes(0)
        let part = try call.bytes(1)
        if part.isEmpty { return .int(0) }
        guard let place = Text.occurrences(of: part, in: bytes, limit: 1).first else {
            return .int(-1)
        }
        return .int(Text.scalarCount(bytes[..<place]))
    }
}
