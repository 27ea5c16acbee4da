internal import SluiceJSON
import SluiceSystem

/// Functions between kinds of values, and `coalesce`.
enum ConversionFunctions {
    static let table = [
        Functions.Function(
            name: "string", signature: "string(x)",
            summary: "A string as it is, anything else as its JSON text.",
            argumentCount: 1...1, takes: [.any], gives: .string,
            body: string),
        Functions.Function(
            name: "number", signature: "number(x)",
            summary: "A number as it is, or the number that a string spells in JSON.",
            argumentCount: 1...1, takes: [[.number, .string]], gives: .number,
            infers: FunctionShapes.number,
            body: number),
        Functions.Function(
            name: "b64encode", signature: "b64encode(s)",
            summary: "The string's UTF-8 in base64 with padding (RFC 4648).",
            argumentCount: 1...1, takes: [.string], gives: .string,
            body: encode),
        Functions.Function(
            name: "b64decode", signature: "b64decode(s)",
            summary: "The UTF-8 string that was encoded; strict, padding included.",
            argumentCount: 1...1, takes: [.string], gives: .string,
            body: decode),
        Functions.Function(
            name: "coalesce", signature: "coalesce(x, …)",
            summary: "The first argument that is neither missing nor null, like `??`.",
            argumentCount: 1...Int.max, takes: [.any], gives: .any,
            body: last, isLazy: true),
    ]

    @Sendable static func string(_ call: FunctionCall) throws(Fault) -> Value {
        try call.checkLength(call.values[0].byteCount)
        return .string(call.values[0].interpolatedText ?? "null")
    }

    @Sendable static func number(_ call: FunctionCall) throws(Fault) -> Value {
        if call.values[0].kind == .number { return call.values[0] }
        guard let text = call.values[0].string else {
            throw call.mismatch(0, wanted: "a number or a string")
        }
        guard let number = JSONNumber(text) else {
            throw call.fault("the string is no JSON number")
        }
        return .json(JSON(number))
    }

    @Sendable static func encode(_ call: FunctionCall) throws(Fault) -> Value {
        let bytes = try call.bytes(0)
        try call.checkLength(bytes.count / 3 * 4)
        return call.text(Base64.encode(bytes))
    }

    @Sendable static func decode(_ call: FunctionCall) throws(Fault) -> Value {
        guard let bytes = Base64.decode(try call.bytes(0)) else {
            throw call.fault("the string is no base64 with padding")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw call.fault("what was encoded is no UTF-8")
        }
        return .string(text)
    }

    /// Lazy functions are evaluated by ``Evaluator``; on values this is what remains.
    @Sendable static func last(_ call: FunctionCall) throws(Fault) -> Value {
        call.values.last ?? .null
    }
}
