import SluiceStore

// Writes, conditions, merges and the end.
extension StoreConformance {
    static let writingChecks = [
        Check(description: "a put is read as it was written") { report, store in
            let key = RecordKey("a", [0, 255, 10])
            let first = try await store.write(.put(key, value: [1, 2, 3]))
            let second = try await store.write(.put(key, value: [], expiresAt: 9_000_000_000_000))
            let record = try await store.get("a", key.key)
            report.expect(first.existed == false && second.existed, "existed")
            report.expect((first.revision ?? 0) < (second.revision ?? 0), "revisions grow")
            report.expect(record?.value == [] && record?.revision == second.revision, "the newest")
            report.expect(record?.createdRevision == first.revision, "createdRevision")
            report.expect(record?.expiresAt == 9_000_000_000_000, "expiresAt")
        },
        Check(description: "a record lives until its instant in the store's time") {
            report, store in
            let time = store.time
            try await store.write(
                .put(RecordKey("a", [1]), value: [1], expiresAt: time + 3_600_000))
            try await store.write(.put(RecordKey("a", [2]), value: [2], expiresAt: max(1, time)))
            report.expect(try await store.get("a", [1]) != nil, "an hour is over at once")
            report.expect(try await store.get("a", [2]) == nil, "it outlives its instant")
            report.expect(store.time >= time, "time goes back")
        },
        Check(description: "a delete removes, and of an absent key takes no revision") {
            report, store in
            let key = RecordKey("a", [1])
            try await store.write(.put(key, value: [1]))
            let gone = try await store.write(.delete(key))
            let again = try await store.write(.delete(key))
            report.expect(gone.existed && gone.revision != nil, "the first")
            report.expect(!again.existed && again.revision == nil, "the second")
            report.expect(try await store.get("a", [1]) == nil, "it is absent")
            let made = try await store.write(.put(key, value: [2]))
            let record = try await store.get("a", [1])
            report.expect(record?.createdRevision == made.revision, "it is created anew")
        },
        Check(description: "a batch takes effect as a whole or not at all") { report, store in
            try await store.write(.put(RecordKey("a", [1]), value: [1]))
            let results = await store.write([
                Batch([
                    .put(RecordKey("a", [2]), value: [2]),
                    .put(RecordKey("a", [1]), value: [9], ifRevision: 0),
                ]),
                Batch([
                    .put(RecordKey("a", [3]), value: [3]), .put(RecordKey("b", [3]), value: [4]),
                ]),
            ])
            if case .failure(let error) = results[0] {
                report.expect(error.code == .conflict, "the code is \(error.code.rawValue)")
                report.expect(error.operation == 1, "the operation is \(error.operation ?? -1)")
                report.expect((error.currentRevision ?? 0) > 0, "the current revision is told")
            } else {
                report.expect(false, "the first batch took effect")
            }
            report.expect(try await store.get("a", [2]) == nil, "a part of the first took effect")
            report.expect(try await store.get("b", [3])?.value == [4], "the second did not")
        },
        Check(description: "batches of one call see what earlier ones did") { report, store in
            let key = RecordKey("a", [1])
            let results = await store.write([
                Batch([.put(key, value: [1], ifRevision: 0)]),
                Batch([.put(key, value: [2], ifRevision: 0)]),
                Batch([.merge(key, operator: "append", operand: [3])]),
            ])
            report.expect((try? results[0].get()) != nil, "the first fails")
            report.expect((try? results[1].get()) == nil, "the second does not")
            report.expect(try await store.get("a", [1])?.value == [1, 3], "the third")
        },
        Check(description: "several keys are read at one instant") { report, store in
            try await store.write(.put(RecordKey("a", [1]), value: [1]))
            let records = try await store.get([
                RecordKey("b", [1]), RecordKey("a", [1]), RecordKey("a", []),
            ])
            report.expect(records.map { $0?.value } == [nil, [1], nil], "\(records)")
        },
        Check(description: "what no store takes is refused by name") { report, store in
            await report.expect(.missingCollection, "a put") { () throws(StoreError) in
                try await store.write(.put(RecordKey("c", [1]), value: []))
            }
            await report.expect(.missingCollection, "a get") { () throws(StoreError) in
                _ = try await store.get("c", [1])
            }
            await report.expect(.missingCollection, "a find") { () throws(StoreError) in
                _ = try await store.find("c", Find())
            }
            await report.expect(.keyEmpty, "no key") { () throws(StoreError) in
                try await store.write(.put(RecordKey("a", []), value: []))
            }
            await report.expect(.keyTooLarge, "a long key") { () throws(StoreError) in
                let key = [UInt8](repeating: 1, count: StoreLimits.keyBytes + 1)
                try await store.write(.put(RecordKey("a", key), value: []))
            }
            await report.expect(.invalidMessage, "a key twice") { () throws(StoreError) in
                let key = RecordKey("a", [1])
                _ = try await store.write(Batch([.put(key, value: []), .delete(key)]))
            }
            await report.expect(.invalidMessage, "a collection of the store") {
                () throws(StoreError) in try await store.declare(["$own"])
            }
            await report.expect(.invalidMessage, "a cursor of the store") {
                () throws(StoreError) in try await store.write(.cursor("$own", position: 1))
            }
            report.expect(try await store.collections() == ["a", "b"], "collections")
        },
        Check(description: "the longest key is a key") { report, store in
            let key = [UInt8](repeating: 255, count: StoreLimits.keyBytes)
            try await store.write(.put(RecordKey("a", key), value: [1]))
            report.expect(try await store.get("a", key)?.value == [1], "it is not found")
            let page = try await store.find("a", Find(start: key))
            report.expect(page.records.count == 1, "a search does not find it")
        },
        Check(description: "names are told apart by their bytes") { report, store in
            try await store.declare(["caf\u{E9}", "cafe\u{301}"])
            try await store.write(.put(RecordKey("caf\u{E9}", [1]), value: [1]))
            report.expect(try await store.get("cafe\u{301}", [1]) == nil, "they are one")
        },
    ]

    static let conditionChecks = [
        Check(description: "ifRevision is the key's revision before the batch") { report, store in
            let key = RecordKey("a", [1])
            await report.expect(.conflict, "absent, 5 wanted") { () throws(StoreError) in
                try await store.write(.put(key, value: [], ifRevision: 5))
            }
            let made = try await store.write(.put(key, value: [], ifRevision: 0))
            await report.expect(.conflict, "there, 0 wanted") { () throws(StoreError) in
                try await store.write(.delete(key, ifRevision: 0))
            }
            try await store.write(.delete(key, ifRevision: made.revision))
            report.expect(try await store.get("a", [1]) == nil, "the delete did nothing")
        },
        Check(description: "a check changes nothing and decides over its batch") {
            report, store in
            let (key, other) = (RecordKey("a", [1]), RecordKey("b", [1]))
            let made = try await store.write(.put(key, value: [1]))
            let wrong = Batch([
                .check(key, ifRevision: 0), .put(other, value: [2]),
            ])
            await report.expect(.conflict, "a wrong one") { () throws(StoreError) in
                _ = try await store.write(wrong)
            }
            let right = Batch([
                .check(key, ifRevision: made.revision ?? 0), .put(other, value: [2]),
            ])
            let outcome = try await store.write(right)
            report.expect(outcome.outcomes[0].revision == nil, "it took a revision")
            report.expect(try await store.get("b", [1])?.value == [2], "the put")
            report.expect(try await store.get("a", [1])?.revision == made.revision, "the key")
        },
    ]

    static let mergeChecks = [
        Check(description: "a merge makes the new value of the old one, and answers") {
            report, store in
            let key = RecordKey("a", [1])
            let first = try await store.write(.merge(key, operator: "append", operand: [1]))
            let second = try await store.write(.merge(key, operator: "append", operand: [2]))
            report.expect(first.reply == [1] && second.reply == [2], "replies")
            report.expect(!first.existed && second.existed, "existed")
            report.expect(try await store.get("a", [1])?.value == [1, 2], "the value")
        },
        Check(description: "a merge may keep, remove and write another record") { report, store in
            let key = RecordKey("a", [1])
            let kept = try await store.write(.merge(key, operator: "keep", operand: []))
            report.expect(kept.revision == nil && kept.reply == [7], "keep")
            try await store.write(.merge(key, operator: "copy", operand: [5]))
            report.expect(try await store.get("b", [1])?.value == [5], "copy")
            try await store.write(.merge(key, operator: "remove", operand: []))
            report.expect(try await store.get("a", [1]) == nil, "remove")
            await report.expect(.conflict, "a condition") { () throws(StoreError) in
                try await store.write(
                    .merge(key, operator: "append", operand: [], ifRevision: 99))
            }
        },
        Check(description: "what a merge refuses fails its batch") { report, store in
            let batch = Batch([
                .put(RecordKey("b", [2]), value: []),
                .merge(RecordKey("a", [1]), operator: "refuse", operand: []),
            ])
            await report.expect(.invalidValue, "refuse") { () throws(StoreError) in
                _ = try await store.write(batch)
            }
            await report.expect(.unsupported, "an unknown operator") { () throws(StoreError) in
                try await store.write(
                    .merge(RecordKey("a", [1]), operator: "nobody", operand: []))
            }
            report.expect(try await store.get("b", [2]) == nil, "a part took effect")
        },
        Check(description: "writers that merge at once lose nothing") { report, store in
            let key = RecordKey("a", [1])
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        for _ in 0..<10 {
                            _ = await store.write([
                                Batch([
                                    .merge(
                                        key, operator: "append", operand: [UInt8(number)])
                                ])
                            ])
                        }
                    }
                }
            }
            let value = try await store.get("a", [1])?.value ?? []
            report.expect(value.count == 80, "\(value.count) of 80")
            report.expect(
                (0..<8).allSatisfy { number in value.count { $0 == number } == 10 },
                "some are there twice")
        },
    ]

    static let endingChecks = [
        Check(description: "a closed store says so, and is closed again without harm") {
            report, store in
            try await store.close()
            await report.expect(.closed, "a get") { () throws(StoreError) in
                _ = try await store.get("a", [1])
            }
            await report.expect(.closed, "a write") { () throws(StoreError) in
                try await store.write(.put(RecordKey("a", [1]), value: []))
            }
            await report.expect(.closed, "a find") { () throws(StoreError) in
                _ = try await store.find("a", Find())
            }
        }
    ]
}
