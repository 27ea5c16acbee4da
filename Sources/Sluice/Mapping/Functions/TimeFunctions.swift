import SluiceSystem

/// Functions of time; an instant is an integer, the milliseconds since 1970-01-01 UTC.
enum TimeFunctions {
    static let table = [
        Functions.Function(
            name: "now", signature: "now()",
            summary: "The time in milliseconds since 1970-01-01 UTC.",
            argumentCount: 0...0, takes: [], gives: .integer,
            body: now, isConstant: false),
        Functions.Function(
            name: "formattime", signature: "formattime(ms[, layout])",
            summary: "The time in UTC as RFC 3339 text with milliseconds, or in a layout.",
            argumentCount: 1...2, takes: [.integer, .string], gives: .string,
            body: format),
        Functions.Function(
            name: "parsetime", signature: "parsetime(s[, layout])",
            summary: "The milliseconds since 1970 of RFC 3339 text, or of text in a layout.",
            argumentCount: 1...2, takes: [.string], gives: .integer,
            body: parse),
        Functions.Function(
            name: "duration", signature: "duration(s)",
            summary: "The milliseconds of text such as `1h30m`; units are w d h m s ms.",
            argumentCount: 1...1, takes: [.string], gives: .integer,
            body: duration),
    ]

    @Sendable static func now(_ call: FunctionCall) throws(Fault) -> Value {
        .int(Int(call.context.now()))
    }

    @Sendable static func format(_ call: FunctionCall) throws(Fault) -> Value {
        let layout = call.values.count > 1 ? try call.string(1) : TimeLayout.rfc3339
        guard let time = CivilTime(milliseconds: try call.integer(0)) else {
            throw call.fault("the time lies outside of the years 0 to 9999")
        }
        do {
            return .string(try TimeLayout(layout).format(time))
        } catch {
            throw call.fault(error.message)
        }
    }

    @Sendable static func parse(_ call: FunctionCall) throws(Fault) -> Value {
        let text = try call.string(0)
        if call.values.count > 1 { return .int(try parse(text, as: call.string(1), in: call)) }
        guard let time = RFC3339.milliseconds(of: text) else {
            throw call.fault("the string is no RFC 3339 time such as 2026-01-31T09:30:00Z")
        }
        return .int(time)
    }

    private static func parse(_ text: String, as layout: String, in call: FunctionCall)
        throws(Fault) -> Int
    {
        do {
            return try TimeLayout(layout).parse(text)
        } catch {
            throw call.fault(error.message)
        }
    }

    @Sendable static func duration(_ call: FunctionCall) throws(Fault) -> Value {
        guard let milliseconds = DurationText.milliseconds(of: try call.string(0)) else {
            throw call.fault("the string is no duration in whole milliseconds such as 1h30m")
        }
        return .int(milliseconds)
    }
}
