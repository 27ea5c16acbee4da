/// A moment to read at: layers and a revision, held together until it is let go.
final class ReadPoint: Sendable {
    let layers: Layers
    let revision: UInt64
    /// The store's time when the moment was taken; what has expired by then is absent.
    let time: Int64
    private let snapshots: OpenSnapshots

    /// Takes a moment; the store's lock has to be held for reading.
    init(_ state: StoreState, revision: UInt64, time: Int64) {
        layers = state.layers
        snapshots = state.snapshots
        self.revision = revision
        self.time = time
        snapshots.begin(revision)
    }

    deinit {
        snapshots.end(revision)
    }
}
