import Glibc
import SluiceSystem

@testable import SluiceLogStore

/// A disk that tells what was synced from what was not, and can lose power, fail or lie at any
/// operation.
///
/// It knows files by their 512-byte sectors, their lengths and their directory entries, each of
/// which gets to the device on its own; `SimulatedDisk+Survival.swift` says what a crash leaves.
final class SimulatedDisk: Sendable {
    static let sectorBytes = 512

    /// What goes wrong, and when.
    ///
    /// Operations that change something or sync are counted from 0; reads have a count of their own.
    struct Plan: Sendable {
        enum Fault: Sendable {
            /// The power goes: this operation may or may not have happened, none follows.
            case crash
            /// The operation fails once.
            case error(Int32)
            /// A write fails half way.
            case shortWrite(Int32)
            /// A sync fails, and what it should have saved is lost though reads still show it.
            case lostSync
            /// A read fails; the plan counts reads.
            case readError(Int32)
        }

        var operation: Int
        var fault: Fault
        /// Whether the fault stays from then on.
        var isPermanent = false
    }

    /// Syncs that say yes and do nothing.
    struct Lies: Sendable, Hashable {
        var files = false
        var directories = false
    }

    /// One change of a file that is not on the device yet.
    struct Change {
        /// The operation that made it.
        var number: Int
        /// The length of the file afterwards.
        var size: Int
        /// Where `bytes` begin, on a sector boundary.
        var start: Int
        /// Whole sectors as they are in memory, the last one cut off at the file's end.
        var bytes: [UInt8]
        var isTruncation: Bool
    }

    /// One change of the names that is not on the device yet.
    struct NameChange {
        enum Kind {
            case create(String, Int)
            case rename(String, to: String, Int)
            case remove(String)
        }

        var number: Int
        var kind: Kind
    }

    struct Inode {
        var durable: [UInt8] = []
        var current: [UInt8] = []
        var changes: [Change] = []
    }

    struct State {
        var inodes: [Inode] = []
        var durableNames: [String: Int] = [:]
        var names: [String: Int] = [:]
        var nameChanges: [NameChange] = []
        var operations = 0
        var reads = 0
        var plan: Plan?
        var lies = Lies()
        /// Bytes that all files together may have, or nil.
        var capacity: Int?
        var isDown = false
        var isLocked = false
        /// What was paused so far.
        var milliseconds: Int64 = 0
        /// The disk at each operation, where that was asked for; inside an operation all that it
        /// changes is still unsynced.
        var images: [State]?

        var usedBytes: Int {
            names.values.reduce(0) { $0 + inodes[$1].current.count }
        }

        mutating func keepImage() {
            guard var images else { return }
            // Without the images so far, which would otherwise be kept in each other.
            self.images = nil
            images.append(self)
            self.images = images
        }
    }

    let state: Monitor<State>
    /// Runs before each operation that changes something or syncs, outside of all locks.
    private let observer = Monitor<(@Sendable () -> Void)?>(nil)

    init(plan: Plan? = nil, capacity: Int? = nil, lies: Lies = Lies()) {
        var state = State()
        state.plan = plan
        state.capacity = capacity
        state.lies = lies
        self.state = Monitor(state)
    }

    init(_ state: consuming State) {
        self.state = Monitor(state)
    }

    /// Operations so far that change something or sync.
    var operations: Int {
        state.withLock { $0.operations }
    }

    var reads: Int {
        state.withLock { $0.reads }
    }

    var usedBytes: Int {
        state.withLock { $0.usedBytes }
    }

    var isDown: Bool {
        state.withLock { $0.isDown }
    }

    /// Sets what goes wrong next, counting operations from now.
    func expect(_ plan: Plan?) {
        state.withLock { state in
            state.operations = 0
            state.reads = 0
            state.plan = plan
        }
    }

    /// Calls `body` before each operation that changes something or syncs, on its thread.
    func observe(_ body: (@Sendable () -> Void)?) {
        observer.withLock { $0 = body }
    }

    func announce() {
        observer.withLock { $0 }?()
    }

    func setCapacity(_ bytes: Int?) {
        state.withLock { $0.capacity = bytes }
    }

    // MARK: Images

    /// Keeps the disk as it is inside each operation from now on.
    func keepImages() {
        state.withLock { $0.images = [] }
    }

    /// The images kept since the last call, with the numbers of their operations.
    @discardableResult
    func takeImages() -> [(number: Int, state: State)] {
        state.withLock { state in
            guard let images = state.images else { return [] }
            state.images = []
            return images.map { ($0.operations - 1, $0) }
        }
    }

    // MARK: Content, for tests that damage it

    /// Without the space held back, whose content means nothing.
    var fileNames: [String] {
        state.withLock { $0.names.keys.filter { $0 != Reserve.fileName }.sorted() }
    }

    func content(_ name: String) -> [UInt8] {
        state.withLock { state in state.names[name].map { state.inodes[$0].current } ?? [] }
    }

    func setContent(_ name: String, _ bytes: [UInt8]?) {
        state.withLock { state in
            guard let bytes else {
                state.names[name] = nil
                state.durableNames[name] = nil
                return
            }
            state.inodes.append(Inode(durable: bytes, current: bytes))
            state.names[name] = state.inodes.count - 1
            state.durableNames[name] = state.inodes.count - 1
        }
    }

    // MARK: Faults

    /// What the next counted operation has to do.
    enum Verdict {
        case proceed
        case half(FileError)
        case loseSync(FileError)
        /// Happens, as far as the caller will never know, and is the last.
        case last(FileError)
    }

    static func verdict(
        _ state: inout State, _ operation: String, _ path: String
    ) throws(FileError) -> Verdict {
        let down = FileError(operation: operation, path: path, errno: ENODEV)
        guard !state.isDown else { throw down }
        let number = state.operations
        state.operations += 1
        guard let plan = state.plan,
            plan.isPermanent ? number >= plan.operation : number == plan.operation
        else { return .proceed }
        switch plan.fault {
        case .crash:
            state.isDown = true
            return .last(down)
        case .error(let code):
            throw FileError(operation: operation, path: path, errno: code)
        case .shortWrite(let code):
            return .half(FileError(operation: operation, path: path, errno: code))
        case .lostSync:
            return .loseSync(FileError(operation: operation, path: path, errno: EIO))
        case .readError:
            return .proceed
        }
    }

    static func checkRead(
        _ state: inout State, _ operation: String, _ path: String
    ) throws(FileError) {
        let number = state.reads
        state.reads += 1
        guard let plan = state.plan, case .readError(let code) = plan.fault,
            plan.isPermanent ? number >= plan.operation : number == plan.operation
        else { return }
        throw FileError(operation: operation, path: path, errno: code)
    }
}
