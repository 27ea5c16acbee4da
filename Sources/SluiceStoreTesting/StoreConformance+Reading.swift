import SluiceStore

// Searches, versions and changes.
extension StoreConformance {
    private static let keys: [[UInt8]] = [
        [0], [0, 0], [1], [1, 0], [1, 255], [2], [127], [128], [255], [255, 0], [255, 255],
    ]

    private static func fill(_ store: any Store) async throws {
        for (number, key) in keys.enumerated().reversed() {
            try await store.write(.put(RecordKey("a", key), value: [UInt8(number)]))
        }
    }

    static let searchChecks = [
        Check(description: "a search gives keys in the order of their bytes, both ways") {
            report, store in
            try await fill(store)
            let all = try await store.find("a", Find())
            report.expect(all.records.map(\.key) == keys, "\(all.records.map(\.key))")
            report.expect(all.next == nil, "it has no more")
            let back = try await store.find("a", Find(reverse: true))
            report.expect(back.records.map(\.key) == keys.reversed(), "back")
        },
        Check(description: "prefix, start, end and after intersect") { report, store in
            try await fill(store)
            for find in [
                Find(prefix: [1]), Find(prefix: [255]), Find(prefix: []), Find(start: [1, 0]),
                Find(end: [2]), Find(start: [1], end: [255]), Find(after: [1]),
                Find(prefix: [1], start: [1, 0]), Find(prefix: [1], end: [1, 255]),
                Find(start: [3], end: [3]), Find(prefix: [255], after: [255, 0]),
            ] {
                for isReverse in [false, true] {
                    var find = find
                    find.reverse = isReverse
                    let page = try await store.find("a", find)
                    let wanted = keys.filter { Self.isInside($0, find) }
                    report.expect(
                        page.records.map(\.key) == (isReverse ? wanted.reversed() : wanted),
                        "\(find): \(page.records.map(\.key))")
                }
            }
        },
        Check(description: "pages follow each other without a gap") { report, store in
            try await fill(store)
            for isReverse in [false, true] {
                for limit in 1...4 {
                    var (found, after, pages) = ([[UInt8]](), [UInt8]?.none, 0)
                    repeat {
                        let page = try await store.find(
                            "a", Find(after: after, reverse: isReverse, limit: limit))
                        report.expect(
                            page.records.count <= limit, "a page of \(page.records.count)")
                        found += page.records.map(\.key)
                        after = page.next
                        pages += 1
                    } while after != nil && pages < 20
                    report.expect(
                        found == (isReverse ? keys.reversed() : keys), "limit \(limit): \(found)")
                }
            }
        },
        Check(description: "a page says that the range is finished where the limit meets its end") {
            report, store in
            try await fill(store)
            let page = try await store.find("a", Find(prefix: [1], limit: 3))
            report.expect(page.records.count == 3 && page.next == nil, "\(page)")
        },
        Check(description: "keysOnly leaves values out, and where decides on whole records") {
            report, store in
            try await fill(store)
            let page = try await store.find(
                "a", Find(keysOnly: true) { record throws(StoreError) in record.value == [3] })
            report.expect(page.records.map(\.key) == [keys[3]], "where")
            report.expect(page.records.allSatisfy { $0.value.isEmpty }, "keysOnly")
        },
        Check(description: "an error of where ends the search with it") { report, store in
            try await fill(store)
            await report.expect(.invalidValue, "where") { () throws(StoreError) in
                _ = try await store.find(
                    "a",
                    Find { _ throws(StoreError) in throw StoreError(.invalidValue, "no") })
            }
        },
    ]

    private static func isInside(_ key: [UInt8], _ find: Find) -> Bool {
        func isBelow(_ left: [UInt8], _ right: [UInt8]) -> Bool {
            left.lexicographicallyPrecedes(right)
        }
        if let prefix = find.prefix, !key.starts(with: prefix) { return false }
        if let start = find.start, isBelow(key, start) { return false }
        if let end = find.end, !isBelow(key, end) { return false }
        if let after = find.after {
            return find.reverse ? isBelow(key, after) : isBelow(after, key)
        }
        return true
    }

    static let versionChecks = [
        Check(description: "a store that keeps versions shows what was") { report, store in
            guard let store = store as? any VersionedStore else { return }
            let key = RecordKey("a", [1])
            let first = try await store.write(.put(key, value: [1])).revision ?? 0
            let second = try await store.write(.put(key, value: [2])).revision ?? 0
            let third = try await store.write(.delete(key)).revision ?? 0
            guard store.horizon <= first else { return }
            for (revision, value) in [(first, [1] as [UInt8]?), (second, [2]), (third, nil)] {
                let record = try await store.get([key], asOf: revision)[0]
                report.expect(record?.value == value, "get as of \(revision)")
                let page = try await store.find("a", Find(), asOf: revision)
                report.expect(page.records.first?.value == value, "find as of \(revision)")
                report.expect(page.revision == revision, "the page's revision")
            }
            let versions = try await store.history(key, limit: 0)
            report.expect(versions.map(\.revision) == [third, second, first], "\(versions)")
            report.expect(versions.map(\.value) == [nil, [2], [1]], "the values")
            report.expect(try await store.history(key, limit: 1).count == 1, "the limit")
            await report.expect(.invalidMessage, "a revision to come") { () throws(StoreError) in
                _ = try await store.get([key], asOf: third + 1)
            }
        }
    ]

    static let changeChecks = [
        Check(description: "a store that tells changes tells each once, in order") {
            report, store in
            guard let store = store as? any ChangeFeed else { return }
            let key = RecordKey("a", [1])
            _ = try await store.write(
                Batch([.put(key, value: [1]), .put(RecordKey("b", [2]), value: [2])]))
            try await store.write(.delete(key))
            let page = try await store.changes(after: 0, limit: 0)
            report.expect(
                page.changes.map(\.record) == [key, RecordKey("b", [2]), key], "\(page.changes)")
            report.expect(page.changes.map(\.isDelete) == [false, false, true], "deletes")
            report.expect(page.through == page.changes.last?.revision, "through")
            let rest = try await store.changes(after: page.changes.first?.revision ?? 0, limit: 1)
            report.expect(rest.changes == [page.changes[1]], "the limit")
            let none = try await store.changes(after: page.through, limit: 0)
            report.expect(none.changes.isEmpty && none.through == page.through, "the end")
        },
        Check(description: "who waits for a change is told of it") { report, store in
            guard let store = store as? any ChangeFeed else { return }
            let first = try await store.write(.put(RecordKey("a", [1]), value: [])).revision ?? 0
            await store.waitForChange(after: first - 1)
            async let waits: Void = store.waitForChange(after: first)
            try await store.write(.put(RecordKey("a", [1]), value: []))
            await waits
            let task = Task { await store.waitForChange(after: .max - 1) }
            task.cancel()
            await task.value
        },
        Check(description: "a position is kept with its batch") { report, store in
            guard let store = store as? any ChangeFeed else { return }
            report.expect(try await store.cursor("reader") == nil, "none was kept")
            let key = RecordKey("a", [1])
            let made = try await store.write(
                Batch([.put(key, value: []), .cursor("reader", position: 7)]))
            report.expect(made.outcomes[1].revision == nil, "it took a revision")
            report.expect(try await store.cursor("reader") == 7, "it is not kept")
            let wrong = Batch([
                .put(key, value: [], ifRevision: 0), .cursor("reader", position: 9),
            ])
            await report.expect(.conflict, "a batch that fails") { () throws(StoreError) in
                _ = try await store.write(wrong)
            }
            report.expect(try await store.cursor("reader") == 7, "it moved without its batch")
        },
    ]
}
