/// Where the parts of a string whose variables were replaced stood before: offsets of its bytes.
struct SourceMap {
    private struct Segment {
        var output: Range<Int>
        var source: Range<Int>
        /// Whether the bytes are the same; else the whole is one value of a variable.
        var isCopy: Bool
    }

    private var segments: [Segment] = []

    /// How many bytes there are.
    var count: Int { segments.last?.output.upperBound ?? 0 }

    /// What all the bytes stand for.
    var source: Range<Int> {
        guard let first = segments.first, let last = segments.last else { return 0..<0 }
        return first.source.lowerBound..<last.source.upperBound
    }

    /// Notes that the next bytes are those of the source.
    mutating func copy(_ source: Range<Int>) {
        if let last = segments.last, last.isCopy, last.source.upperBound == source.lowerBound {
            segments[segments.count - 1].output = last.output.lowerBound..<count + source.count
            segments[segments.count - 1].source = last.source.lowerBound..<source.upperBound
        } else {
            add(source.count, for: source, isCopy: true)
        }
    }

    /// Notes that the next bytes stand in the place of those of the source.
    mutating func replace(_ source: Range<Int>, by count: Int) {
        add(count, for: source, isCopy: false)
    }

    private mutating func add(_ length: Int, for source: Range<Int>, isCopy: Bool) {
        segments.append(Segment(output: count..<count + length, source: source, isCopy: isCopy))
    }

    /// Goes on with another map.
    mutating func append(_ other: SourceMap) {
        for segment in other.segments {
            add(segment.output.count, for: segment.source, isCopy: segment.isCopy)
        }
    }

    /// The part of the source that a part of the output stands for.
    func source(of offset: Int, length: Int) -> (offset: Int, length: Int) {
        guard let last = segments.last else { return (offset, length) }
        let start = place(of: offset, in: segments.first { $0.output.upperBound > offset } ?? last)
        guard length > 0 else { return (start.lowerBound, 0) }
        let byte = offset + length - 1
        let end = place(of: byte, in: segments.first { $0.output.upperBound > byte } ?? last)
        return (start.lowerBound, max(0, end.upperBound - start.lowerBound))
    }

    private func place(of offset: Int, in segment: Segment) -> Range<Int> {
        guard offset < segment.output.upperBound else {
            return segment.source.upperBound..<segment.source.upperBound
        }
        guard segment.isCopy else { return segment.source }
        let place = segment.source.lowerBound + offset - segment.output.lowerBound
        return place..<place + 1
    }
}
