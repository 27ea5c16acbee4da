/// Functions that make ids, from the clock and random numbers of the context.
enum IdentityFunctions {
    static let table = [
        Functions.Function(
            name: "uuid", signature: "uuid()", summary: "A random UUID, version 4 (RFC 9562).",
            argumentCount: 0...0, takes: [], gives: .string,
            body: uuid, isConstant: false),
        Functions.Function(
            name: "id", signature: "id()",
            summary:
                "26 letters and digits that sort by time (as ULIDs do); those of a process grow.",
            argumentCount: 0...0, takes: [], gives: .string,
            body: id, isConstant: false),
        Functions.Function(
            name: "lineage", signature: "lineage()",
            summary: "The id of the lineage that the message belongs to; empty outside of a run.",
            argumentCount: 0...0, takes: [], gives: .string,
            body: lineage, isConstant: false),
    ]

    @Sendable static func uuid(_ call: FunctionCall) throws(Fault) -> Value {
        let high = call.context.random() & ~0xF000 | 0x4000
        let low = call.context.random() & ~(0xC << 60) | 0x8 << 60
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 {
                text.append(UInt8(ascii: "-"))
            }
            let word = place < 16 ? high : low
            text.append(digits[Int(word >> (60 - 4 * UInt64(place % 16)) & 0xF)])
        }
        return call.text(text)
    }

    @Sendable static func id(_ call: FunctionCall) throws(Fault) -> Value {
        // In Crockford's base 32.
        let bits = call.context.ids.next(at: call.context.now(), random: call.context.random)
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        return call.text((0..<26).map { digits[Int(bits >> (125 - 5 * UInt128($0)) & 0x1F)] })
    }

    @Sendable static func lineage(_ call: FunctionCall) throws(Fault) -> Value {
        .string(call.context.lineage)
    }
}
