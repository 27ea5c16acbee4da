import SluiceJSON
import SluiceSystem

/// JSON values drawn from a seed.
struct Randomness {
    private var numbers: SplitMix

    init(seed: UInt64) { numbers = SplitMix(seed: seed) }

    mutating func next(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &numbers) }

    /// A value; the names of its members begin with no `$` and differ within an object.
    mutating func value(depth: Int) -> JSON {
        switch next(below: depth > 0 ? 8 : 5) {
        case 0: return .null
        case 1: return JSON(next(below: 2) == 0)
        case 2: return JSON(next(below: 1000) - 500)
        case 3: return (try? JSON(parsing: ["1.10", "1e3", "0.5", "-0"][next(below: 4)])) ?? .null
        case 4: return (try? JSON(parsing: strings[next(below: strings.count)])) ?? .null
        case 5:
            let elements = (0..<next(below: 5)).map { _ in value(depth: depth - 1) }
            return (try? JSON(array: elements)) ?? .null
        default:
            let members = (0..<next(below: 6)).map { ("m\($0)", value(depth: depth - 1)) }
            return (try? JSON(object: members)) ?? .null
        }
    }

    private let strings = [
        #""""#, #""a""#, #""\u00e9\n""#, #""\ud83d\ude00""#, #""a long text of some words here""#,
        #""\/""#, "\"é😀\"",
    ]

    /// The value with some of the members of its objects left out.
    mutating func withoutMembers(_ json: JSON) -> JSON {
        switch json.kind {
        case .array:
            return (try? JSON(array: json.elements.map { withoutMembers($0) })) ?? .null
        case .object:
            var members: [(String, JSON)] = []
            for member in json.members where next(below: 4) > 0 {
                members.append((member.name, withoutMembers(member.value)))
            }
            return (try? JSON(object: members)) ?? .null
        default: return json
        }
    }
}
