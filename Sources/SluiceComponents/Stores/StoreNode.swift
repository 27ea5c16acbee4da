import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

/// A node's hold on the store that it shares with others of its run.
final class StoreNode: Sendable {
    /// The collections that the node may use.
    let collections: [String]
    private struct Attachment {
        let context: StartContext
        let registry: StoreRegistry
        let store: SharedStore
    }

    /// The kind of store that the node wants.
    let chosen: ChosenStore
    private let operators: MergeOperators
    private let attached = Lock<Attachment?>(nil)

    init(collections: [String], _ chosen: ChosenStore, _ operators: MergeOperators) {
        self.collections = collections
        self.chosen = chosen
        self.operators = operators
    }

    /// The outputs that a request can cause which changes records.
    func causes(_ reply: String) -> [String] { chosen.tellsChanges ? [reply, "change"] : [reply] }

    /// Opens the store, or joins the nodes that use it already.
    func start(_ context: StartContext) async throws(Failure) {
        let registry = context.shared(StoreRegistry.self) { StoreRegistry() }
        var folder = ""
        if let path = chosen.sharing.folder {
            folder = try StorePath.resolve(path, for: context)
            if let link = await context.blocking({ [folder] in Folder.danglingLink(on: folder) }) {
                throw Failure("io", link.text)
            }
        }
        let store = try await registry.attach(
            chosen, in: folder, operators, collections: collections, context)
        attached.withLock {
            $0 = Attachment(context: context, registry: registry, store: store)
        }
    }

    /// Gives the store back.
    ///
    /// - Throws: ``Failure`` where the store could not be closed.
    func stop() async throws(Failure) {
        let held = attached.withLock { attached in
            defer { attached = nil }
            return attached
        }
        if let held { try await held.registry.detach(held.store) }
    }

    /// The store.
    ///
    /// - Throws: ``Failure`` (`not_leader`, `closed`).
    func store() throws(Failure) -> any Store {
        guard let shared else { throw Failure(StoreError.closed) }
        return try shared.opened()
    }

    /// The store, also while it is not open; nil before the start and after the stop.
    var shared: SharedStore? { attached.withLock { $0?.store } }

    /// What the node may use; nil before the start and after the stop.
    var context: StartContext? { attached.withLock { $0?.context } }

    /// Refuses a collection that the node's settings do not name.
    func check(_ collection: String, at path: String) throws(Failure) {
        guard !isDeclared(collection) else { return }
        let near = Spelling.closest(to: collection, among: collections)
        throw Failure(
            "missing_collection",
            "collection \"\(collection)\" is not declared in settings.collections"
                + (near.map { " (did you mean \"\($0)\"?)" } ?? ""),
            details: ["path": JSON(path)])
    }

    /// Whether the node's settings name the collection.
    func isDeclared(_ collection: String) -> Bool {
        collections.has(collection)
    }

    /// Writes what a batch of requests asks for, all in one group commit, and replies to each.
    ///
    /// - Parameters:
    ///   - write: What a request asks for; throws where it does not fit.
    ///   - reply: What to answer once it is done.
    ///   - failure: What to answer where the store refuses.
    func commit<Request, Reply: Message>(
        _ deliveries: [Delivery<Request>], _ turn: borrowing Turn, on output: Output<Reply>,
        _ write: (Request) throws(Failure) -> Batch,
        _ reply: (Request, BatchOutcome) throws(Failure) -> Reply,
        failure: (Request, StoreError) -> Failure = { Failure($1) }
    ) async {
        let store: any Store
        do throws(Failure) {
            store = try self.store()
        } catch {
            for delivery in deliveries { turn.fail(error, for: delivery) }
            return
        }
        var writes: [Batch] = []
        var accepted: [Int] = []
        writes.reserveCapacity(deliveries.count)
        accepted.reserveCapacity(deliveries.count)
        for index in deliveries.indices {
            do throws(Failure) {
                writes.append(try write(deliveries[index].message))
                accepted.append(index)
            } catch {
                turn.fail(error, for: deliveries[index])
            }
        }
        let results = await store.write(writes)
        for (index, result) in zip(accepted, results) {
            let delivery = deliveries[index]
            answer(
                delivery, result.mapError { failure(delivery.message, $0) }, turn, on: output,
                reply)
        }
    }

    /// Emits a reply or a failure, to leave together with those of the whole batch.
    private func answer<Request, Reply: Message>(
        _ delivery: Delivery<Request>, _ result: Result<BatchOutcome, Failure>,
        _ turn: borrowing Turn, on output: Output<Reply>,
        _ reply: (Request, BatchOutcome) throws(Failure) -> Reply
    ) {
        do throws(Failure) {
            let outcome = try result.get()
            try turn.emit(reply(delivery.message, outcome), on: output, for: delivery)
        } catch {
            turn.fail(error, for: delivery)
        }
    }
}
