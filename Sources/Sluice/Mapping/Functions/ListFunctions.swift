internal import SluiceJSON

/// Functions of arrays and objects.
enum ListFunctions {
    static let table = [
        Functions.Function(
            name: "first", signature: "first(array)",
            summary: "The first element; missing where the array is empty.",
            argumentCount: 1...1, takes: [.array], gives: .any,
            infers: FunctionShapes.element,
            body: first),
        Functions.Function(
            name: "last", signature: "last(array)",
            summary: "The last element; missing where the array is empty.",
            argumentCount: 1...1, takes: [.array], gives: .any,
            infers: FunctionShapes.element,
            body: last),
        Functions.Function(
            name: "keys", signature: "keys(object)",
            summary: "The names of the members, in their order.",
            argumentCount: 1...1, takes: [.object], gives: .array,
            infers: FunctionShapes.strings,
            body: keys),
        Functions.Function(
            name: "values", signature: "values(object)",
            summary: "The values of the members, in their order.",
            argumentCount: 1...1, takes: [.object], gives: .array,
            body: values),
        Functions.Function(
            name: "sort", signature: "sort(array)",
            summary: "Numbers by value or strings by Unicode scalars, smallest first; stable.",
            argumentCount: 1...1, takes: [.array], gives: .array,
            infers: FunctionShapes.elements,
            body: sort),
        Functions.Function(
            name: "unique", signature: "unique(array)",
            summary: "Without the elements that equal an earlier one.",
            argumentCount: 1...1, takes: [.array], gives: .array,
            infers: FunctionShapes.elements,
            body: unique),
    ]

    @Sendable static func first(_ call: FunctionCall) throws(Fault) -> Value {
        guard let element = try call.array(0)[0] else { throw call.nothing("the array is empty") }
        return .json(element)
    }

    @Sendable static func last(_ call: FunctionCall) throws(Fault) -> Value {
        let array = try call.array(0)
        guard let element = array[array.count - 1] else {
            throw call.nothing("the array is empty")
        }
        return .json(element)
    }

    @Sendable static func keys(_ call: FunctionCall) throws(Fault) -> Value {
        let object = try call.object(0)
        return try call.list { builder in
            for member in object.members { builder.append(member.name) }
        }
    }

    @Sendable static func values(_ call: FunctionCall) throws(Fault) -> Value {
        let object = try call.object(0)
        return try call.list { builder in
            for member in object.members { builder.append(member.value) }
        }
    }

    @Sendable static func sort(
        _ call: FunctionCall, within budget: inout WorkBudget
    ) throws(Fault) -> Value {
        let elements = Array(try call.array(0).elements)
        do {
            let rounds = Int.bitWidth - elements.count.leadingZeroBitCount
            try budget.spend(elements.count * rounds / 4)
        } catch {
            throw Fault(error, at: call.span)
        }
        guard let kind = elements.first?.kind else { return call.values[0] }
        let isUniform = elements.allSatisfy { $0.kind == kind }
        guard isUniform, kind == .number || kind == .string else {
            throw call.mismatch(0, wanted: "an array of numbers or one of strings")
        }
        let sorted = elements.map(Value.json).enumerated().sorted { left, right in
            let order = left.element.order(to: right.element) ?? 0
            return order == 0 ? left.offset < right.offset : order < 0
        }
        return try call.list { builder in
            for (_, element) in sorted { element.append(to: &builder) }
        }
    }

    @Sendable static func unique(_ call: FunctionCall) throws(Fault) -> Value {
        let array = try call.array(0)
        var seen: [Int: [JSON]] = [:]
        return try call.list { builder in
            for element in array.elements {
                let hash = element.equalityHash
                if seen[hash, default: []].contains(element) { continue }
                seen[hash, default: []].append(element)
                builder.append(element)
            }
        }
    }
}

extension JSON {
    /// The same for equal values, whatever the order of members or the text of numbers.
    fileprivate var equalityHash: Int {
        var hasher = Hasher()
        hasher.combine(kind)
        switch kind {
        case .null: break
        case .bool: hasher.combine(bool)
        case .number: hasher.combine(number)
        case .string: hasher.combine(Array((string ?? "").utf8))
        case .array: for element in elements { hasher.combine(element.equalityHash) }
        case .object:
            var names: [[UInt8]: Int] = [:]
            for member in members {
                names[Array(member.name.utf8)] = member.value.equalityHash
            }
            hasher.combine(names)
        }
        return hasher.finalize()
    }
}
