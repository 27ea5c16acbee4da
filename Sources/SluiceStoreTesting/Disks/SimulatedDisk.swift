import SluiceSystem

/// A disk that tells what was synced from what was not, and can lose power, fail or lie at any
/// operation.
///
/// It knows files by their 512-byte sectors, their lengths and their directory entries, each of
/// which gets to the device on its own; ``Survival`` says what a crash leaves. Every path has a
/// folder: none is made, and none is lost. Time passes only in ``pause(milliseconds:)``. The same
/// calls with the same seed give the same disk. May be used from any thread.
///
/// ```swift
/// let disk = SimulatedDisk(plan: .init(operation: 7, fault: .crash))
/// // ... a store works on it until an operation fails ...
/// let next = disk.survivor(.prefix, seed: 1)
/// // ... and another one opens what the crash left.
/// ```
public final class SimulatedDisk: Sendable {
    static let sectorBytes = 512

    /// What goes wrong, and when.
    ///
    /// Operations that change something or sync are counted from 0; reads have a count of their own.
    public struct Plan: Sendable {
        /// What goes wrong; numbers are the system's, such as ``FileError/noSpace``.
        public enum Fault: Sendable {
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

        /// The operation at which it goes wrong, counted from 0.
        public var operation: Int
        /// What goes wrong.
        public var fault: Fault
        /// Whether the fault stays from then on.
        public var isPermanent: Bool

        /// A plan for one operation, or for all from it on.
        public init(operation: Int, fault: Fault, isPermanent: Bool = false) {
            self.operation = operation
            self.fault = fault
            self.isPermanent = isPermanent
        }
    }

    /// Syncs that say yes and do nothing.
    public struct Lies: Sendable, Hashable {
        /// Those of files.
        public var files: Bool
        /// Those of folders.
        public var directories: Bool

        /// The lies of a disk; none unless given.
        public init(files: Bool = false, directories: Bool = false) {
            self.files = files
            self.directories = directories
        }
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
            case create(Name, Int)
            case rename(Name, to: Name, Int)
            case remove(Name)
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
        var durableNames: [Name: Int] = [:]
        var names: [Name: Int] = [:]
        var nameChanges: [NameChange] = []
        var operations = 0
        var reads = 0
        var plan: Plan?
        var lies = Lies()
        /// Bytes that all files together may have, or nil.
        var capacity: Int?
        var isDown = false
        var locks: Set<Name> = []
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

    /// An empty disk.
    ///
    /// - Parameters:
    ///   - plan: What goes wrong.
    ///   - capacity: Bytes that all files together may have; nil for any number.
    ///   - lies: Which syncs do nothing.
    public init(plan: Plan? = nil, capacity: Int? = nil, lies: Lies = Lies()) {
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
    public var operations: Int {
        state.withLock { $0.operations }
    }

    /// Reads so far.
    public var reads: Int {
        state.withLock { $0.reads }
    }

    /// Bytes that all files together have.
    public var usedBytes: Int {
        state.withLock { $0.usedBytes }
    }

    /// Whether the power has gone.
    public var isDown: Bool {
        state.withLock { $0.isDown }
    }

    /// Sets what goes wrong next, counting operations from now.
    public func expect(_ plan: Plan?) {
        state.withLock { state in
            state.operations = 0
            state.reads = 0
            state.plan = plan
        }
    }

    /// Calls `body` before each operation that changes something or syncs, on its thread.
    public func observe(_ body: (@Sendable () -> Void)?) {
        observer.withLock { $0 = body }
    }

    func announce() {
        observer.withLock { $0 }?()
    }

    /// Sets how many bytes all files together may have; nil for any number.
    public func setCapacity(_ bytes: Int?) {
        state.withLock { $0.capacity = bytes }
    }

    // MARK: Images

    /// A disk as it was at one moment.
    public struct Image: Sendable {
        let state: State

        /// The operation in which it was taken, counted from 0; all that it changes is still unsynced.
        public var number: Int { state.operations - 1 }

        /// The disk as the next owner finds it where the power went at that moment.
        public func survivor(
            _ survival: Survival, seed: UInt64, plan: Plan? = nil
        ) -> SimulatedDisk {
            SimulatedDisk(state.survivor(survival, seed: seed, plan: plan))
        }
    }

    /// The disk as it is now.
    public var image: Image { Image(state: state.withLock { $0 }) }

    /// Keeps the disk as it is inside each operation from now on.
    public func keepImages() {
        state.withLock { $0.images = [] }
    }

    /// The images kept since the last call.
    @discardableResult
    public func takeImages() -> [Image] {
        state.withLock { state in
            guard let images = state.images else { return [] }
            state.images = []
            return images.map { Image(state: $0) }
        }
    }

    // MARK: Content, for tests that look at it or damage it

    /// The paths of all files, sorted by bytes.
    public var paths: [String] {
        state.withLock { $0.names.keys.sorted().map(\.text) }
    }

    /// The bytes of the file at a path, nil where there is none; what is set is on the device.
    public subscript(path: String) -> [UInt8]? {
        get {
            let name = Name(path: path)
            return state.withLock { state in state.names[name].map { state.inodes[$0].current } }
        }
        set {
            let name = Name(path: path)
            state.withLock { state in
                guard let bytes = newValue else {
                    state.names[name] = nil
                    state.durableNames[name] = nil
                    return
                }
                state.inodes.append(Inode(durable: bytes, current: bytes))
                state.names[name] = state.inodes.count - 1
                state.durableNames[name] = state.inodes.count - 1
            }
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
        let down = FileError(operation: operation, path: path, errno: FileError.noDevice)
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
            return .loseSync(
                FileError(operation: operation, path: path, errno: FileError.deviceFailed))
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
