@testable import SluiceJSON

/// I-Regexp: a line with a pattern, then the text it is tried on.
enum RegexpTarget: FuzzTarget {
    static let name = "regexp"

    static func seeds() throws -> [[UInt8]] {
        let patterns = [
            "", "a", "a|b", "(a|b)*c", "a{2,3}", "a{0,}", "[a-z]+", "[^a-z]", #"\p{L}\P{Nd}"#,
            #"[\p{Lu}\-\]]"#, ".", #"\.\n\t\\"#, "(((a)?)*)+", "é[à-ÿ]", "[a-", "a{3,2}", "*", "(",
            #"\"#, #"\p{X}"#, "a{99999}", "(a{50}){50}", "[]", "[^]", "a**", "(|)",
        ]
        return patterns.map { Array(($0 + "\nabcé aab").utf8) }
    }

    static func run(_ input: [UInt8]) {
        let (pattern, rest) = InputCut.line(input)
        let text = String(decoding: rest, as: UTF8.self)
        do throws(IRegexpError) {
            let regexp = try IRegexp(pattern)
            let matches = regexp.matches(text)
            require(!matches || regexp.searches(text), "what matches is not found")
            require((try? IRegexp(regexp.description)) == regexp, "a pattern is not itself")
        } catch {
            require(
                (0...pattern.utf8.count).contains(error.offset),
                "an error lies at \(error.offset)")
        }
    }
}
