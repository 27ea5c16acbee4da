internal import Synchronization

/// Space held back on the device, so that a full one still takes deletes and compaction, which make
/// room.
///
/// A file of zeros that nothing refers to. Stores too small to miss the space have none; the others
/// keep it while they are closed, too. Once it has been let go, puts are refused until compaction
/// has made enough room to hold it again.
final class Reserve: Sendable {
    static let fileName = "RESERVE"

    private enum State {
        case absent, held, released
    }

    private let place: Log.Place
    private let state: Monitor<State>
    private let isReleasedNow = Atomic(false)
    /// Bytes held: what a segment takes while little is live, and no less than a small run, a
    /// manifest and some deletes take.
    let byteCount: Int

    init(_ place: Log.Place, isThere: Bool) {
        self.place = place
        byteCount = max(32 << 10, place.options.segmentBytes(live: 0))
        state = Monitor(isThere ? .held : .absent)
    }

    /// Whether the space is in use, so that puts have to wait.
    var isReleased: Bool { isReleasedNow.load(ordering: .relaxed) }

    /// Holds the space if there is enough and the store has so many bytes that it should.
    func hold(storeBytes: Int) {
        state.withLock { state in
            guard state != .held, state == .released || storeBytes >= byteCount / 2, create()
            else { return }
            state = .held
            isReleasedNow.store(false, ordering: .relaxed)
        }
    }

    /// Gives the space to whoever makes room with it; false where there is none to give.
    func release() -> Bool {
        state.withLock { state in
            guard state == .held else { return false }
            guard (try? place.fileSystem.remove(place.path(Self.fileName))) != nil else {
                return false
            }
            state = .released
            isReleasedNow.store(true, ordering: .relaxed)
            return true
        }
    }

    private func create() -> Bool {
        let path = place.path(Self.fileName)
        guard let file = try? place.fileSystem.open(path, creating: true) else { return false }
        if file.reserve(count: byteCount) { return true }
        try? place.fileSystem.remove(path)
        return false
    }
}
