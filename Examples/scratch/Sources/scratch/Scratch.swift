import Sluice
import SluiceComponents
import SluiceStore
import SluiceStores

/// Stores in memory that hold few records, and tell what they are asked for.
enum Scratch: StoreKind {
    static let about = About("scratch", "A small store in memory, which tells of each write")

    struct Settings: Message {
        var title = "scratch"
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("title", &title, .notBlank, about: "What it calls itself in the log")
        }
    }

    static func open(
        _ settings: Settings, _ opening: StoreOpening
    ) async throws(StoreError) -> ScratchStore {
        let scheduler = opening.context.scheduler
        let console = opening.context.console
        return ScratchStore(
            memory: MemoryStore(
                MemoryStore.Options(
                    maximumLiveBytes: 1 << 20, clock: { scheduler.now },
                    operators: opening.operators)),
            tell: { console.log("\(settings.title): \($0)") })
    }
}

/// What the contract asks for and no more: neither versions nor changes.
struct ScratchStore: Store {
    let kind = "scratch"
    let memory: MemoryStore
    let tell: @Sendable (String) -> Void
    var time: Int64 { memory.time }

    func declare(_ collections: [Name]) async throws(StoreError) {
        try memory.declare(collections)
    }

    func collections() async throws(StoreError) -> [Name] { try memory.collections() }

    func write(_ batches: [Batch]) async -> [Result<BatchOutcome, StoreError>] {
        tell("\(batches.count) writes")
        return memory.write(batches)
    }

    func get(_ keys: [RecordKey]) async throws(StoreError) -> [Record?] { try memory.get(keys) }

    func find(_ collection: Name, _ find: Find) async throws(StoreError) -> Page {
        try memory.find(collection, find)
    }

    func close() async throws(StoreError) { memory.close() }
}
