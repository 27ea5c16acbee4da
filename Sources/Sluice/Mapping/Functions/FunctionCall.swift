internal import SluiceJSON

/// One call of a function with its arguments, their number already checked.
struct FunctionCall {
    let name: String
    let values: [Value]
    /// What the arguments were written as.
    let arguments: [ExpressionNode]
    /// Where the call was written.
    let span: Range<Int>
    let context: EvaluationContext

    /// The fault of a call that went wrong for the reason `text`.
    func fault(_ text: String) -> Fault { .failed("`\(name)`: \(text)", span: span) }

    /// The fault of a call that has no value to give; `??` catches it.
    func nothing(_ text: String) -> Fault {
        .missingValue("`\(name)` finds nothing: \(text)", span: span)
    }

    /// The fault of an argument of the wrong type; `wanted` has its article.
    func mismatch(_ index: Int, wanted: String) -> Fault {
        let found = index < values.count ? values[index].kind.article : "nothing"
        let ordinals = ["first", "second", "third"]
        let place =
            arguments.count == 1 || index >= ordinals.count
            ? "" : " as its \(ordinals[index]) argument"
        let span = index < arguments.count ? arguments[index].span : span
        return .failed("`\(name)` needs \(wanted)\(place), not \(found)", span: span)
    }

    func string(_ index: Int) throws(Fault) -> String {
        guard index < values.count, let string = values[index].string else {
            throw mismatch(index, wanted: "a string")
        }
        return string
    }

    /// The string's UTF-8.
    func bytes(_ index: Int) throws(Fault) -> [UInt8] { Array(try string(index).utf8) }

    func array(_ index: Int) throws(Fault) -> JSON {
        guard index < values.count, let array = values[index].container(.array) else {
            throw mismatch(index, wanted: "an array")
        }
        return array
    }

    func object(_ index: Int) throws(Fault) -> JSON {
        guard index < values.count, let object = values[index].container(.object) else {
            throw mismatch(index, wanted: "an object")
        }
        return object
    }

    func integer(_ index: Int) throws(Fault) -> Int {
        guard index < values.count, let int = values[index].exactInt else {
            throw mismatch(index, wanted: "an integer of 64 bits")
        }
        return int
    }

    func operand(_ index: Int) throws(Fault) -> Operand {
        guard index < values.count, values[index].kind == .number else {
            throw mismatch(index, wanted: "a number")
        }
        guard let operand = values[index].operand else {
            throw values[index].operandFault(at: arguments[index].span)
        }
        return operand
    }

    func computed(_ double: Double) throws(Fault) -> Value {
        try Value.computed(double, by: name, at: span)
    }

    func computed(_ number: ExactNumber) throws(Fault) -> Value {
        try Value.computed(number, by: name, at: span)
    }

    /// An array made with `body`.
    func list(_ body: (inout JSONBuilder) throws(Fault) -> Void) throws(Fault) -> Value {
        let list = try Evaluator.build(at: span) { builder throws(Fault) in
            builder.beginArray()
            try body(&builder)
            builder.endArray()
        }
        try checkLength(list.byteCount)
        return list
    }

    func text(_ bytes: [UInt8]) -> Value { .string(Text.string(bytes)) }

    /// Refuses a result whose text would be longer than ``MappingLimits/resultBytes``.
    func checkLength(_ bytes: Int) throws(Fault) {
        try Text.checkLength(bytes, at: span, limit: MappingLimits.resultBytes)
    }
}
