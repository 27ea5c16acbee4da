/// What a number in a file or in settings may be, and what stands in its place where it is left out.
package struct Bounds<Number: Comparable & Sendable>: Sendable {
    /// What it may be.
    package let range: ClosedRange<Number>
    /// What it is where nothing is said.
    package let usual: Number

    /// Bounds of a number.
    package init(_ range: ClosedRange<Number>, usual: Number) {
        self.range = range
        self.usual = usual
    }
}

/// Numbers of bytes as limits say them to people.
package enum ByteCount {
    /// The number with the largest unit that it has a whole number of, such as `8 MiB`.
    package static func text(_ count: Int) -> String {
        let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        for (unit, name) in units where count >= unit && count % unit == 0 {
            return "\(count / unit) \(name)"
        }
        return "\(count) bytes"
    }
}
