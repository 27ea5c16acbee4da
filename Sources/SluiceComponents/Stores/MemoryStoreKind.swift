import Sluice
import SluiceStore
import SluiceStores

/// Stores in memory, which end with the run.
enum MemoryStoreKind: StoreKind {
    static let about = About(
        "memory", "In memory, gone at the end of the run: for tests and caches")

    /// What a memory store can be told.
    struct Settings: Message {
        var name: String?
        var maxSizeMB = 256

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "name", &name, .length(1...Int.max),
                about:
                    "Nodes that give the same name share a store; without one it is the node's own")
            try m.optional(
                "maxSizeMB", &maxSizeMB, .range(1...1 << 20),
                about: "The most that live documents may take: 32 bytes + key + value each")
        }
    }

    static func sharing(_ settings: Settings) -> StoreSharing {
        StoreSharing(name: settings.name, terms: [("maxSizeMB", "\(settings.maxSizeMB)")])
    }

    static func open(_ settings: Settings, _ opening: StoreOpening) throws(StoreError)
        -> MemoryStore
    {
        let scheduler = opening.context.scheduler
        return MemoryStore(
            MemoryStore.Options(
                maximumLiveBytes: settings.maxSizeMB << 20, clock: { scheduler.now },
                operators: opening.operators))
    }
}
