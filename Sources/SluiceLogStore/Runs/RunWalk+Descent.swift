/// Where a walk downward stands.
struct RunDescent {
    /// Before this entry is the next one down; nil at the run's begin.
    var next: Run.Position?
    /// Older versions of the key at hand that are still to come.
    var olderCount = 0
    /// The group whose entries the table describes.
    var group = -1
    /// Of each entry of the group its lengths and where its own bytes are.
    var table: [(shared: Int, own: Int, bytes: UnsafeRawPointer)] = []
}

extension RunWalk {
    /// Puts what comes before `position` next.
    mutating func descendBefore(_ position: Run.Position) throws(LogStoreError) {
        descent.group = -1
        descent.next = try before(position)
    }

    /// Goes to the newest version of the next smaller key, or to the next older version.
    mutating func descend() throws(LogStoreError) -> Bool {
        isSameKey = descent.olderCount > 0
        if isSameKey {
            descent.olderCount -= 1
            if index + 1 == block.count {
                let next = page + block.pageCount
                guard next < run.footer.leafPageCount else {
                    throw run.damaged(page, "versions are missing")
                }
                try enter(next)
                descent.group = -1
                index = 0
            } else {
                index += 1
            }
            return true
        }
        guard var position = descent.next else { return false }
        while true {
            try go(to: position)
            let isOlder = continuesBefore()
            descent.next = try before(position)
            guard isOlder, let before = descent.next else { break }
            descent.olderCount += 1
            position = before
        }
        try go(to: position)
        assembleKey()
        return true
    }

    /// The entry before a position, or nil where that is the run's first.
    private mutating func before(_ position: Run.Position) throws(LogStoreError) -> Run.Position? {
        if position.index > 0 {
            return Run.Position(page: position.page, index: position.index - 1)
        }
        guard position.page > 0 else { return nil }
        if page != position.page {
            try enter(position.page)
            descent.group = -1
        }
        let pages = block.pageCountBefore
        guard pages > 0, pages <= position.page else {
            throw run.damaged(position.page, "the leaves do not fit each other")
        }
        let before = position.page - pages
        try enter(before)
        descent.group = -1
        guard block.pageCount == pages else {
            throw run.damaged(before, "the leaves do not fit each other")
        }
        return Run.Position(page: before, index: block.count - 1)
    }

    private mutating func go(to position: Run.Position) throws(LogStoreError) {
        if page != position.page {
            try enter(position.page)
            descent.group = -1
        }
        index = position.index
        let group = index / RunFormat.groupCount
        if group != descent.group { readGroup(group) }
    }

    private mutating func readGroup(_ group: Int) {
        descent.group = group
        descent.table.removeAll(keepingCapacity: true)
        var at = block.keys(group)
        let begin = group * RunFormat.groupCount
        for index in begin..<min(begin + RunFormat.groupCount, block.count) {
            let lengths =
                index == begin
                ? RunKeyLengths(shared: 0, own: RunKeyLengths.number(&at) >> 1)
                : RunKeyLengths(&at)
            descent.table.append((lengths.shared, lengths.own, at))
            at += lengths.own
        }
    }

    /// Whether the entry's key is that of the entry before.
    private func continuesBefore() -> Bool {
        let place = index % RunFormat.groupCount
        guard place == 0 else { return descent.table[place].own == 0 }
        var at = block.keys(descent.group)
        return RunKeyLengths.number(&at) & 1 == 1
    }

    /// Puts the key together, from its end to what the group's first key gave.
    private mutating func assembleKey() {
        var place = index % RunFormat.groupCount
        let last = descent.table[place]
        var end = last.shared + last.own
        keyCount = block.prefixCount + end
        while end > 0 {
            let (shared, _, bytes) = descent.table[place]
            if shared < end {
                (keyBytes + (block.prefixCount + shared)).copyMemory(
                    from: bytes, byteCount: end - shared)
                end = shared
            }
            place -= 1
        }
    }
}
