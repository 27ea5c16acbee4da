import Sluice
import SluiceJSON

/// What a test file wants of a message: a JSON value with predicates in it.
struct Pattern: Sendable {
    enum Form: Sendable {
        /// A value that is equal.
        case equal
        /// An object in which each of these members fits; it may have others.
        case object([(name: String, pattern: Pattern)])
        /// An array of that length of which each element fits.
        case array([Pattern])
        /// All of these hold.
        case predicates([Predicate])
    }

    /// The pattern as it is written.
    let json: JSON
    let form: Form

    /// The first thing that does not fit.
    struct Mismatch {
        var path: [JSONPath.Step] = []
        var text: String

        /// The place as people write it.
        var pathText: String {
            path.reduce("$") { text, step in
                switch step {
                case .name(let name): "\(text).\(name)"
                case .index(let index): "\(text)[\(index)]"
                }
            }
        }

        func under(_ step: JSONPath.Step) -> Mismatch {
            Mismatch(path: [step] + path, text: text)
        }
    }

    /// What does not fit; nil where everything does.
    ///
    /// - Parameter value: nil stands for "not there".
    func mismatch(_ value: JSON?) -> Mismatch? {
        if case .predicates(let predicates) = form {
            for predicate in predicates {
                if let mismatch = predicate.mismatch(value) { return mismatch }
            }
            return nil
        }
        guard let value else { return Mismatch(text: "expected \(json.shown), it is not there") }
        switch form {
        case .object(let members) where value.kind == .object:
            for (name, pattern) in members {
                if let mismatch = pattern.mismatch(value[name]) {
                    return mismatch.under(.name(name))
                }
            }
            return nil
        case .array(let elements) where value.kind == .array:
            for (index, (pattern, element)) in zip(elements, value.elements).enumerated() {
                if let mismatch = pattern.mismatch(element) {
                    return mismatch.under(.index(index))
                }
            }
            return elements.count == value.count
                ? nil : Mismatch(text: "expected \(elements.count) items, received \(value.count)")
        default:
            guard json != value else { return nil }
            return Mismatch(text: "expected \(json.shown), received \(value.shown)")
        }
    }
}

extension JSON {
    /// The value in a sentence: its text where that is short, else what it is.
    var shown: String {
        if textByteCount <= 60 { return text }
        switch kind {
        case .array: return "an array of \(count)"
        case .object:
            return "an object with \(members.prefix(4).map(\.name).joined(separator: ", "))"
        default: return "a long \(kind)"
        }
    }
}
