extension Run {
    /// Reads the whole file and gives `report` each damage found, with file and offset.
    ///
    /// Looks at every page's hash, at the order of all entries, at what the footer says of them,
    /// and whether the tree and the filter lead to each block and key. Nothing is trusted from
    /// earlier uses.
    func verify(_ report: (LogStoreError) -> Void) {
        var check = LeafCheck(run: self, asksTail: !verifyTail(report))
        var page = 0
        var buffer = RunBuffer()
        while page < footer.leafPageCount {
            do throws(LogStoreError) {
                let block = try leafAnew(page, &buffer)
                try check.take(block, page)
                page += block.pageCount
            } catch {
                report(error)
                // The length of a block that is damaged says nothing.
                page += 1
                check.skip()
            }
        }
        if !check.hasSkipped, check.entryCount != entryCount || check.keyCount != keyCount {
            report(damaged(footer.page, "the footer counts other entries"))
        }
    }

    /// Looks at the tree's and the filter's pages; gives whether one is damaged.
    private func verifyTail(_ report: (LogStoreError) -> Void) -> Bool {
        var isDamaged = false
        var page = footer.leafPageCount
        let end = footer.leafPageCount + footer.nodePageCount
        while page < end {
            do throws(LogStoreError) {
                page += try nodeAnew(page).pageCount
            } catch {
                report(error)
                isDamaged = true
                page += 1
            }
        }
        for page in end..<footer.page {
            do throws(LogStoreError) {
                try verifyFilter(page)
            } catch {
                report(error)
                isDamaged = true
            }
        }
        return isDamaged
    }

    /// What has been seen of the leaves so far.
    private struct LeafCheck {
        let run: Run
        /// Whether tree and filter can be asked for what is found.
        let asksTail: Bool
        var entryCount = 0
        var keyCount = 0
        var hasSkipped = false
        private var pageCountBefore = 0
        private var last: [UInt8]?
        private var lastVersion: UInt64 = 0

        init(run: Run, asksTail: Bool) {
            self.run = run
            self.asksTail = asksTail
        }

        /// Goes on behind a damaged leaf.
        mutating func skip() {
            hasSkipped = true
            last = nil
        }

        mutating func take(_ block: RunBlock, _ page: Int) throws(LogStoreError) {
            guard hasSkipped || block.pageCountBefore == pageCountBefore else {
                throw run.damaged(page, "the leaves do not fit each other")
            }
            pageCountBefore = block.pageCount
            var walk = RunBlock.KeyWalk(block)
            while let key = walk.next() {
                let version = block.entry(walk.index).version
                // Where a leaf's first and last entries are led to it, so are those between.
                let isEdge = walk.index == 0 || walk.index == block.count - 1
                guard last == nil || walk.saysSameKey == (key == last) else {
                    throw run.damaged(page, "an entry says wrongly whether its key goes on")
                }
                try check(key, version, page, isEdge: isEdge, isFirst: walk.index == 0)
                guard try finds(key, version, in: block) == walk.index else {
                    throw run.damaged(page, "a search does not find an entry")
                }
            }
        }

        /// Where a search in a leaf finds a key's version; nil where it does not.
        private func finds(
            _ key: [UInt8], _ version: UInt64, in block: RunBlock
        ) throws(LogStoreError) -> Int? {
            let collection = UInt16(key[0]) << 8 | UInt16(key[1])
            return try Array(key[2...]).withBytes { key throws(LogStoreError) in
                try run.withTarget(collection, key) { target throws(LogStoreError) in
                    let place = block.place(target, version)
                    return place.isKeyEqual ? place.index : nil
                }
            }
        }

        private mutating func check(
            _ key: [UInt8], _ version: UInt64, _ page: Int, isEdge: Bool, isFirst: Bool
        ) throws(LogStoreError) {
            let isSame = key == last
            if let last {
                guard isSame ? version < lastVersion : last.lexicographicallyPrecedes(key) else {
                    throw run.damaged(page, "the entries are out of order")
                }
            }
            last = key
            lastVersion = version
            entryCount += 1
            keyCount += isSame ? 0 : 1
            guard asksTail else { return }
            let collection = UInt16(key[0]) << 8 | UInt16(key[1])
            let body = Array(key[2...])
            guard try run.knows(collection, body),
                isEdge ? try run.leads(collection, body, version, to: page, isFirst: isFirst) : true
            else {
                throw run.damaged(page, "tree or filter do not lead to an entry")
            }
        }
    }

    /// Whether the filter knows a key.
    private func knows(_ collection: UInt16, _ key: [UInt8]) throws(LogStoreError) -> Bool {
        try key.withBytes { key throws(LogStoreError) in
            try mayContain(Self.keyHash(collection, key))
        }
    }

    /// Whether the tree leads to the leaf of an entry.
    private func leads(
        _ collection: UInt16, _ key: [UInt8], _ version: UInt64, to page: Int, isFirst: Bool
    ) throws(LogStoreError) -> Bool {
        let found = try key.withBytes { key throws(LogStoreError) in
            try withTarget(collection, key) { target throws(LogStoreError) in
                try leafPage(target, version)
            }
        }
        guard found != page, isFirst else { return found == page }
        // A search that ends behind a leaf's last entry goes on in the next leaf.
        var buffer = RunBuffer()
        return found + (try leaf(found, &buffer)).pageCount == page
    }
}

extension RunBlock {
    /// A walk over a block's keys, collections first, for looking at all of them.
    struct KeyWalk {
        private let block: RunBlock
        private(set) var index = -1
        /// Whether the block says that the key is the one before.
        private(set) var saysSameKey = false
        private var at: UnsafeRawPointer
        private var key: [UInt8]

        init(_ block: RunBlock) {
            self.block = block
            at = block.start
            key = Array(UnsafeRawBufferPointer(start: block.prefix, count: block.prefixCount))
        }

        /// The next key, or nil at the block's end.
        mutating func next() -> [UInt8]? {
            guard index + 1 < block.count else { return nil }
            index += 1
            let isFirst = index % RunFormat.groupCount == 0
            let lengths: RunKeyLengths
            if isFirst {
                at = block.keys(index / RunFormat.groupCount)
                let number = RunKeyLengths.number(&at)
                saysSameKey = number & 1 == 1
                lengths = RunKeyLengths(shared: 0, own: number >> 1)
            } else {
                lengths = RunKeyLengths(&at)
                saysSameKey = lengths.own == 0
            }
            key.removeLast(key.count - block.prefixCount - lengths.shared)
            key += UnsafeRawBufferPointer(start: at, count: lengths.own)
            at += lengths.own
            return key
        }
    }
}
