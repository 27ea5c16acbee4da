import Sluice
import SluiceJSON
import SluiceSystem

extension TestFileReader {
    /// Reads what is wanted of a message.
    mutating func pattern(_ json: JSON) -> Pattern {
        switch json.kind {
        case .array:
            return Pattern(json: json, form: .array(json.elements.map { pattern($0) }))
        case .object where json.members.contains(where: { $0.name.begins(with: "$") }):
            return Pattern(json: json, form: .predicates(predicates(json)))
        case .object:
            let members = json.members.map { ($0.name, pattern($0.value)) }
            return Pattern(json: json, form: .object(members))
        default:
            return Pattern(json: json, form: .equal)
        }
    }

    private mutating func predicates(_ json: JSON) -> [Predicate] {
        json.members.compactMap { (member) -> Predicate? in
            let predicate = predicate(member)
            guard case .unknown(let text) = predicate else {
                if case .known(let predicate) = predicate { return predicate }
                return nil
            }
            note(
                .unknownMember, text, at: member.nameSourceRange,
                meant: Spelling.closest(to: member.name, among: Predicate.names))
            return nil
        }
    }

    private enum Reading {
        case known(Predicate)
        case broken
        case unknown(String)
    }

    private mutating func predicate(_ member: JSON.Member) -> Reading {
        let value = member.value
        switch member.name {
        case "$exists":
            guard let bool = value.bool else { return broken(value, "true or false") }
            return .known(.exists(bool))
        case "$matches":
            guard let text = value.string else { return broken(value, "an I-Regexp (RFC 9485)") }
            do {
                return .known(.matches(try IRegexp(text)))
            } catch {
                return broken(value, "an I-Regexp (RFC 9485): \(error.message)")
            }
        case "$above", "$below":
            guard let number = value.number else { return broken(value, "a number") }
            return .known(member.name == "$above" ? .above(number) : .below(number))
        case "$type":
            let names = value.kind == .array ? Array(value.elements) : [value]
            let types = names.compactMap(\.string).filter(Predicate.types.contains)
            guard !types.isEmpty, types.count == names.count else {
                return broken(value, "one of \(Predicate.types.joined(separator: ", "))")
            }
            return .known(.type(types))
        case "$contains":
            return .known(.contains(pattern(value)))
        case "$any":
            if value.bool == true { return .known(.any([])) }
            guard value.kind == .array, value.count > 0 else {
                return broken(value, "true or a list of values of which one fits")
            }
            return .known(.any(value.elements.map { pattern($0) }))
        case "$exactly":
            return .known(.exactly(value))
        default:
            return .unknown(
                member.name.begins(with: "$")
                    ? "there is no predicate `\(member.name)`"
                    : "`\(member.name)` stands beside a predicate; predicates stand by themselves")
        }
    }

    private mutating func broken(_ json: JSON, _ wanted: String) -> Reading {
        note(.wrongValue, "must be \(wanted)", json)
        return .broken
    }
}
