import SluiceSystem
internal import Synchronization

/// Space held back on the device, so that a full one still takes deletes and compaction, which make
/// room.
///
/// A file of zeros that nothing refers to. Stores too small to miss the space have none; the others
/// keep it while they are closed, too. Once it has been let go, puts wait until compaction has
/// made enough room to hold it again, and fail where it cannot.
final class Reserve: Sendable {
    static let fileName = "RESERVE"

    private enum State {
        case absent, held, released
    }

    private let place: Place
    private let state: Monitor<State>
    private let isReleasedNow = Atomic(false)
    private let heldBytes: Atomic<Int>
    /// The least that is held: what a small run, a manifest and some deletes take.
    private static let leastBytes = 32 << 10

    init(_ place: Place, isThere: Bool) {
        self.place = place
        heldBytes = Atomic(Self.byteCount(segmentBytes: place.options.segmentBytes(live: 0)))
        state = Monitor(isThere ? .held : .absent)
    }

    /// Whether the space is in use, so that puts have to wait.
    var isReleased: Bool { isReleasedNow.load(ordering: .relaxed) }

    /// Bytes to hold: a segment that compaction may have to copy whole, and what it needs beside.
    private static func byteCount(segmentBytes: Int) -> Int {
        max(leastBytes, segmentBytes + segmentBytes / 4)
    }

    /// Bytes held, or that were held last.
    var byteCount: Int { heldBytes.load(ordering: .relaxed) }
    /// Bytes of it that compaction and merges may write; the rest is for their runs and manifests.
    var room: Int { byteCount - byteCount / 5 }

    /// Holds the space if there is enough and the store has so many bytes that it should; more of
    /// it where segments have become much larger.
    func hold(storeBytes: Int, segmentBytes: Int) {
        let wanted = Self.byteCount(segmentBytes: segmentBytes)
        state.withLock { state in
            let isDue =
                switch state {
                case .absent: storeBytes >= wanted / 2
                case .held: wanted > 2 * byteCount
                case .released: true
                }
            guard isDue, create(wanted, isNew: state != .held) else { return }
            heldBytes.store(wanted, ordering: .relaxed)
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

    private func create(_ byteCount: Int, isNew: Bool) -> Bool {
        let path = place.path(Self.fileName)
        guard let file = try? place.fileSystem.open(path, creating: isNew) else { return false }
        if file.reserve(count: byteCount) { return true }
        if isNew { try? place.fileSystem.remove(path) }
        return false
    }
}
