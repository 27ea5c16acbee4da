extension Engine {
    func find(_ collection: String, _ find: LogStore.Find) throws(LogStoreError) -> LogStore.Page {
        var search = Search(find: find, identity: place.identity, now: clock.now())
        defer {
            if let snapshot = search.snapshot {
                shared.write { state in
                    for (name, version) in state.snapshots.end(snapshot) {
                        state.forget(name, version: version)
                    }
                }
            }
        }
        repeat {
            try shared.read { state throws(LogStoreError) in
                search.collect(from: state, collection: try number(of: collection, state))
            }
            try search.take()
        } while !search.isFinished
        return search.page
    }
}
