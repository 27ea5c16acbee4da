import SluiceLogStore

/// Keeps the turns of a chat, and gives a line for each thing it found.
func keepTurns(in folder: String, backup: String) async throws -> [String] {
    var lines: [String] = []
    func line(_ what: String, _ record: LogStore.Record) {
        let key = String(decoding: record.key, as: UTF8.self)
        lines.append("\(what) \(key): \(String(decoding: record.value, as: UTF8.self))")
    }

    // A store owns one folder. Collections are declared once; declaring again does nothing.
    let store = try await LogStore.open(folder)
    try store.declare(collections: ["turns"])

    // Keys and values are bytes. A write returns when it is on the device.
    try await store.put("turns", Array("chat-1/0001".utf8), Array("hello".utf8))
    // The same for code that is not asynchronous; it blocks the thread meanwhile.
    try store.putAndWait("turns", Array("chat-2/0001".utf8), Array("hi".utf8))

    // A batch takes effect whole or not at all. Revision 0 means that the key must not exist yet.
    let batch = LogStore.Write([
        .put(
            collection: "turns", key: Array("chat-1/0002".utf8), value: Array("how are you".utf8),
            ifRevision: 0),
        .delete(collection: "turns", key: Array("chat-2/0001".utf8)),
    ])
    for result in await store.write([batch, batch]) {
        switch result {
        case .success(let outcome): lines.append("batch of \(outcome.items.count)")
        case .failure(let error): lines.append("batch: \(error.code)")
        }
    }

    // A page of the keys that begin alike, in the order of their bytes.
    let page = try store.find("turns", LogStore.Find(prefix: Array("chat-1/".utf8), limit: 20))
    for record in page.records { line("found", record) }

    // A snapshot stays as it is, and a cursor over it reads a range of any size bit by bit.
    let snapshot = try store.snapshot()
    try await store.put("turns", Array("chat-1/0003".utf8), Array("fine".utf8))
    var cursor = snapshot.rangeCursor("turns", LogStore.Find(reverse: true))
    cursor.seek(to: Array("chat-1/9999".utf8))
    while let record = try cursor.next() { line("cursor", record) }

    // Changes come in order; without the `break` the loop would wait for more.
    for try await change in store.changes(after: snapshot.revision, collections: ["turns"]) {
        lines.append("change of \(String(decoding: change.key, as: UTF8.self))")
        if change.revision >= store.revision { break }
    }

    // The second time into the same folder a backup copies only what is new.
    let report = try store.backup(to: backup)
    lines.append("backup at revision \(report.revision)")
    try store.close()
    return lines
}
