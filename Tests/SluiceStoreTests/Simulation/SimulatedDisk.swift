import Glibc
import Synchronization

@testable import SluiceStore

/// A disk that tells what was synced from what was not, and can lose power or fail at any
/// operation.
final class SimulatedDisk: FileSystem {
    /// What goes wrong, and when.
    ///
    /// Operations that change something or sync are counted from 0.
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
        }

        var operation: Int
        var fault: Fault
        /// Whether the fault stays from then on.
        var isPermanent = false
    }

    /// What of the unsynced changes is there after a crash.
    enum Survival: Sendable, CaseIterable {
        case none, all, some
    }

    enum Change {
        case write(Int, [UInt8])
        case truncate(Int)
    }

    enum NameChange {
        case create(String, Int)
        case rename(String, String)
        case remove(String)
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
        var plan: Plan?
        var isDown = false
        var isLocked = false
    }

    let state: Mutex<State>

    init(plan: Plan? = nil) {
        var state = State()
        state.plan = plan
        self.state = Mutex(state)
    }

    init(_ state: consuming State) {
        self.state = Mutex(state)
    }

    /// Operations so far that change something or sync.
    var operations: Int {
        state.withLock { $0.operations }
    }

    var isDown: Bool {
        state.withLock { $0.isDown }
    }

    /// Sets what goes wrong next, counting operations from now.
    func expect(_ plan: Plan?) {
        state.withLock { state in
            state.operations = 0
            state.plan = plan
        }
    }

    static func resize(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count > size {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
    }

    static func put(_ piece: ArraySlice<UInt8>, into bytes: inout [UInt8], at offset: Int) {
        if bytes.count < offset + piece.count { resize(&bytes, to: offset + piece.count) }
        bytes.replaceSubrange(offset..<offset + piece.count, with: piece)
    }

    // MARK: Content, for tests that damage it

    var fileNames: [String] {
        state.withLock { $0.names.keys.sorted() }
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
        case half(LogStoreError)
        case loseSync(LogStoreError)
        /// Happens, as far as the caller will never know, and is the last.
        case last(LogStoreError)
    }

    static func verdict(
        _ state: inout State, _ operation: String, _ path: String
    ) throws(LogStoreError) -> Verdict {
        let down = LogStoreError.io(operation: operation, path: path, errno: ENODEV)
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
            throw .io(operation: operation, path: path, errno: code)
        case .shortWrite(let code):
            return .half(.io(operation: operation, path: path, errno: code))
        case .lostSync:
            return .loseSync(.io(operation: operation, path: path, errno: EIO))
        }
    }

    /// Runs one operation on the names; `half` and `loseSync` do not apply to it.
    private func changeNames(
        _ operation: String, _ path: String,
        _ body: (inout State) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        try state.withLock { state throws(LogStoreError) in
            let verdict = try Self.verdict(&state, operation, path)
            try body(&state)
            if case .last(let error) = verdict { throw error }
        }
    }

    // MARK: FileSystem

    func makeDirectory(_ path: String) throws(LogStoreError) -> [String] { [] }

    func list(_ path: String) throws(LogStoreError) -> [String] {
        state.withLock { Array($0.names.keys) }
    }

    func open(_ path: String, creating: Bool) throws(LogStoreError) -> any File {
        let name = Self.name(path)
        if creating {
            try changeNames("open", path) { state throws(LogStoreError) in
                state.inodes.append(Inode())
                state.names[name] = state.inodes.count - 1
                state.nameChanges.append(.create(name, state.inodes.count - 1))
            }
        }
        guard let inode = state.withLock({ $0.names[name] }) else {
            throw .io(operation: "open", path: path, errno: ENOENT)
        }
        return SimulatedFile(disk: self, inode: inode, path: path)
    }

    func rename(_ path: String, to target: String) throws(LogStoreError) {
        let (from, to) = (Self.name(path), Self.name(target))
        try changeNames("rename", path) { state throws(LogStoreError) in
            guard let inode = state.names.removeValue(forKey: from) else {
                throw .io(operation: "rename", path: path, errno: ENOENT)
            }
            state.names[to] = inode
            state.nameChanges.append(.rename(from, to))
        }
    }

    func remove(_ path: String) throws(LogStoreError) {
        let name = Self.name(path)
        try changeNames("unlink", path) { state throws(LogStoreError) in
            guard state.names.removeValue(forKey: name) != nil else {
                throw .io(operation: "unlink", path: path, errno: ENOENT)
            }
            state.nameChanges.append(.remove(name))
        }
    }

    func syncDirectory(_ path: String) throws(LogStoreError) {
        try changeNames("fsync", path) { state throws(LogStoreError) in
            state.durableNames = state.names
            state.nameChanges = []
        }
    }

    func lock(_ path: String) throws(LogStoreError) -> LockAttempt {
        let isFree = state.withLock { state in
            defer { state.isLocked = true }
            return !state.isLocked
        }
        guard isFree else { return .busy(processID: 1) }
        return .acquired(SimulatedLock(disk: self))
    }

    func monotonicMilliseconds() -> Int64 { 0 }

    func pause(milliseconds: Int) {}

    private static func name(_ path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }
}
