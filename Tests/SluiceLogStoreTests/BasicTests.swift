import SluiceLogStore
import Testing

@Suite struct BasicTests {
    @Test func writesReadsAndReopens() async throws {
        let folder = TemporaryFolder()
        var revision: Int64 = 0
        do {
            let store = try LogStore.openAndWait(folder.path)
            try store.declare(collections: ["a", "b"])
            #expect(store.collections == ["a", "b"])
            for number in 0..<300 {
                try store.putAndWait("a", Array("key\(number)".utf8), Array("value\(number)".utf8))
            }
            let item = try await store.delete("a", Array("key7".utf8))
            #expect(item.existed)
            revision = store.revision
            try store.close()
        }
        let store = try LogStore.openAndWait(folder.path)
        #expect(store.recoveryReport.damages == [])
        #expect(store.recoveryReport.wasClosedCleanly)
        #expect(store.revision == revision)
        #expect(try store.get("a", Array("key8".utf8))?.value == Array("value8".utf8))
        #expect(try store.get("a", Array("key7".utf8)) == nil)
        let page = try store.find("a", LogStore.Find(prefix: Array("key1".utf8), limit: 5))
        #expect(
            page.records.map { String(decoding: $0.key, as: UTF8.self) } == [
                "key1", "key10", "key100", "key101", "key102",
            ])
        #expect(page.next == Array("key102".utf8))
        #expect(store.statistics.records == 299)
    }

    @Test func manyTasksWriteAtOnce() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: ["a"])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for number in 0..<20 {
                        _ = try? await store.put("a", Array("\(task)-\(number)".utf8), [1, 2, 3])
                    }
                }
            }
        }
        #expect(store.statistics.records == 320)
        #expect(store.revision == 320)
        try store.close()
    }
}
