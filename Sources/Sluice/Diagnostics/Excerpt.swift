/// The part of a source's line that people are shown, without secrets, and what is marked in it.
struct Excerpt {
    /// The text; marks of omission stand where the line goes on.
    private(set) var text = ""
    /// The scalars of the text that are marked, from 0.
    private(set) var marked = 0..<0

    /// How many scalars of a line a terminal shows at most.
    static let length = 100
    private static let omission: Unicode.Scalar = "…"

    /// Takes the part of a line around the bytes that are marked.
    init(of line: Range<Int>, in bytes: [UInt8], marking: Range<Int>, hiding secrets: Secrets) {
        // A scalar has at most four bytes. A secret that is shown in part is looked at whole.
        let reach = 4 * Self.length + secrets.longest
        let lower = Self.boundary(max(line.lowerBound, marking.lowerBound - reach), in: bytes)
        let upper = Self.boundary(min(line.upperBound, marking.lowerBound + reach), in: bytes)
        var shown: [Unicode.Scalar] = []
        var (start, end): (Int?, Int?)
        func add(_ part: Range<Int>, _ text: String, isSecret: Bool) {
            func offset(of place: Int, _ inSecret: Int) -> Int {
                if isSecret { return shown.count + inSecret }
                let before = bytes[part.lowerBound..<place].count { $0 & 0xC0 != 0x80 }
                return shown.count + before
            }
            if start == nil, marking.lowerBound < part.upperBound {
                start = offset(of: max(part.lowerBound, marking.lowerBound), 0)
            }
            if end == nil, marking.upperBound <= part.upperBound {
                end = offset(
                    of: max(part.lowerBound, marking.upperBound), text.unicodeScalars.count)
            }
            shown += text.unicodeScalars
        }
        var place = lower
        for secret in secrets.places(in: Array(bytes[lower..<upper])) {
            let secret = secret.lowerBound + lower..<secret.upperBound + lower
            add(
                place..<secret.lowerBound, Self.text(bytes[place..<secret.lowerBound]),
                isSecret: false)
            add(secret, Secrets.mask, isSecret: true)
            place = secret.upperBound
        }
        add(place..<upper, Self.text(bytes[place..<upper]), isSecret: false)
        let first = start ?? shown.count
        let last = max(first, end ?? shown.count)
        let isWhole = lower == line.lowerBound && upper == line.upperBound
        if isWhole, shown.last == "\r" { shown.removeLast() }
        cut(
            shown, around: first..<last, before: lower > line.lowerBound,
            after: upper < line.upperBound)
    }

    private mutating func cut(
        _ scalars: [Unicode.Scalar], around range: Range<Int>, before: Bool, after: Bool
    ) {
        var window = scalars.indices
        if scalars.count > Self.length {
            let start = min(range.lowerBound - Self.length / 3, scalars.count - Self.length)
            window = max(0, start)..<max(0, start) + Self.length
        }
        let hasBefore = before || window.lowerBound > 0
        if hasBefore { text.unicodeScalars.append(Self.omission) }
        text.unicodeScalars.append(contentsOf: scalars[window])
        if after || window.upperBound < scalars.count { text.unicodeScalars.append(Self.omission) }
        let shift = (hasBefore ? 1 : 0) - window.lowerBound
        let end = min(range.upperBound, max(range.lowerBound, window.upperBound))
        marked = range.lowerBound + shift..<end + shift
    }

    private static func boundary(_ place: Int, in bytes: [UInt8]) -> Int {
        var place = place
        while place > 0, place < bytes.count, bytes[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
