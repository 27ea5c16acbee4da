extension RunBlock {
    /// What is wrong with the bytes of a block, or nil.
    ///
    /// After this nothing that reads the block leaves its bytes, whatever they are.
    static func damage(
        _ bytes: UnsafeRawBufferPointer, seed: UInt64, minimumKeyByteCount: Int
    ) -> String? {
        guard let start = bytes.baseAddress, bytes.count >= RunFormat.pageByteCount else {
            return "the block ends early"
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[8...])
        guard start.number(0) == ContentHash.hash(content, seed: seed) else {
            return "the block's hash does not match"
        }
        guard let groups = groupsOffset(start, bytes.count) else {
            return "the block's head does not fit"
        }
        var walk = Walk(bytes: bytes, offset: groups, block: RunBlock(start))
        guard walk.isSound(minimumKeyByteCount: minimumKeyByteCount) else {
            return "the block's keys do not fit"
        }
        return nil
    }

    /// Where the first group begins, or nil where what comes before does not fit.
    private static func groupsOffset(_ start: UnsafeRawPointer, _ byteCount: Int) -> Int? {
        var stride = 0
        for column in 0..<6 {
            let width = Int(start.byte(16 + column))
            guard width <= (column < 3 ? 8 : 4) else { return nil }
            stride += width
        }
        let block = RunBlock(start)
        guard block.count > 0, block.prefixCount <= RunFormat.maximumKeyByteCount,
            block.stride == stride
        else { return nil }
        let groups =
            RunFormat.blockHeadByteCount + block.prefixCount
            + block.groupCount * RunFormat.groupByteCount
        return groups <= byteCount ? groups : nil
    }

    /// Reads all of a block's lengths.
    private struct Walk {
        let bytes: UnsafeRawBufferPointer
        var offset: Int
        let block: RunBlock

        mutating func isSound(minimumKeyByteCount: Int) -> Bool {
            var length = 0
            for index in 0..<block.count {
                let isFirst = index % RunFormat.groupCount == 0
                let group = index / RunFormat.groupCount
                if isFirst, !begin(group) { return false }
                guard let lengths = isFirst ? firstLengths() : lengths(),
                    lengths.shared <= length, lengths.own <= bytes.count - offset,
                    !isFirst || block.head(group) == head(lengths.own)
                else { return false }
                length = lengths.shared + lengths.own
                let total = block.prefixCount + length
                guard total >= minimumKeyByteCount, total <= RunFormat.maximumKeyByteCount
                else { return false }
                offset += lengths.own
            }
            return true
        }

        /// Passes a group's rows, which have to begin here and fit.
        private mutating func begin(_ group: Int) -> Bool {
            guard block.rows(group) == block.start + offset else { return false }
            let entries = min(RunFormat.groupCount, block.count - group * RunFormat.groupCount)
            let rows = entries * block.stride
            guard rows <= bytes.count - offset - RunFormat.slackByteCount else { return false }
            offset += rows
            return true
        }

        /// The head of a key of `count` bytes that begins here.
        private func head(_ count: Int) -> UInt64 {
            var head: UInt64 = 0
            for place in 0..<7 {
                head = head << 8 | (place < count ? UInt64(bytes[offset + place]) : 0)
            }
            return head << 8 | UInt64(min(count, 8))
        }

        private mutating func firstLengths() -> RunKeyLengths? {
            number().map { RunKeyLengths(shared: 0, own: $0 >> 1) }
        }

        private mutating func lengths() -> RunKeyLengths? {
            guard let byte = byte() else { return nil }
            if byte != RunKeyLengths.escape {
                return RunKeyLengths(shared: Int(byte >> 4), own: Int(byte & 15))
            }
            guard let shared = number(), let own = number() else { return nil }
            return RunKeyLengths(shared: shared, own: own)
        }

        private mutating func number() -> Int? {
            var value = 0
            for shift in [0, 7, 14] {
                guard let byte = byte() else { return nil }
                value |= Int(byte & 127) << shift
                if byte < 128 { return value }
            }
            return nil
        }

        private mutating func byte() -> UInt8? {
            guard offset < bytes.count else { return nil }
            defer { offset += 1 }
            return bytes[offset]
        }
    }
}
