internal import SluiceJSON

extension Value {
    /// Equality of any two values: numbers by mathematical value, strings by Unicode scalars,
    /// arrays in order, objects irrespective of order.
    func equals(_ other: Value) -> Bool {
        switch (self, other) {
        case (.json(let left), .json(let right)): return left == right
        case (.int(let left), .int(let right)): return left == right
        case (.bool(let left), .bool(let right)): return left == right
        default: break
        }
        guard kind == other.kind else { return false }
        switch kind {
        case .number: return compareNumbers(other) == 0
        case .string: return Text.isEqual(string ?? "", other.string ?? "")
        case .bool: return bool == other.bool
        case .null: return true
        case .array, .object: return json == other.json
        }
    }

    /// Negative, zero or positive as this value lies before, with or after `other`; nil unless both
    /// are numbers or both are strings.
    func order(to other: Value) -> Int? {
        if case (.int(let left), .int(let right)) = (self, other) {
            return left < right ? -1 : left > right ? 1 : 0
        }
        switch (kind, other.kind) {
        case (.number, .number):
            return compareNumbers(other)
        case (.string, .string):
            return Text.order(string ?? "", other.string ?? "")
        default:
            return nil
        }
    }

    /// Exact by mathematical value; a double counts as the decimal that it prints as.
    private func compareNumbers(_ other: Value) -> Int {
        if let left = exactInt, let right = other.exactInt {
            return left < right ? -1 : left > right ? 1 : 0
        }
        guard let left = number, let right = other.number else { return 0 }
        return left < right ? -1 : left == right ? 0 : 1
    }

    /// The value as an integer of 64 bits where it is one exactly.
    var exactInt: Int? {
        switch self {
        case .int(let int): int
        case .json(let json): json.int
        case .double(let double): Int(exactly: double)
        case .bool, .string: nil
        }
    }
}
