import Glibc
import SluiceSystem
import Synchronization

@testable import SluiceLogStore

extension SimulatedDisk: FileSystem {
    /// Runs one operation on the names; `half` and `loseSync` do not apply to it.
    private func changeNames(
        _ operation: String, _ path: String,
        _ body: (inout State) throws(FileError) -> NameChange.Kind
    ) throws(FileError) {
        announce()
        try state.withLock { state throws(FileError) in
            let verdict = try Self.verdict(&state, operation, path)
            let kind = try body(&state)
            state.nameChanges.append(NameChange(number: state.operations - 1, kind: kind))
            state.keepImage()
            if case .last(let error) = verdict { throw error }
        }
    }

    func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    func list(_ path: String) throws(FileError) -> [String] {
        state.withLock { Array($0.names.keys) }
    }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let name = Self.name(path)
        if creating {
            try changeNames("open", path) { state throws(FileError) in
                state.inodes.append(Inode())
                state.names[name] = state.inodes.count - 1
                return .create(name, state.inodes.count - 1)
            }
        }
        guard let inode = state.withLock({ $0.names[name] }) else {
            throw FileError(operation: "open", path: path, errno: ENOENT)
        }
        return SimulatedFile(disk: self, inode: inode, path: path)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        let (from, to) = (Self.name(path), Self.name(target))
        try changeNames("rename", path) { state throws(FileError) in
            guard let inode = state.names.removeValue(forKey: from) else {
                throw FileError(operation: "rename", path: path, errno: ENOENT)
            }
            state.names[to] = inode
            return .rename(from, to: to, inode)
        }
    }

    func remove(_ path: String) throws(FileError) {
        let name = Self.name(path)
        try changeNames("unlink", path) { state throws(FileError) in
            guard state.names.removeValue(forKey: name) != nil else {
                throw FileError(operation: "unlink", path: path, errno: ENOENT)
            }
            return .remove(name)
        }
    }

    func syncDirectory(_ path: String) throws(FileError) {
        announce()
        try state.withLock { state throws(FileError) in
            let verdict = try Self.verdict(&state, "fsync", path)
            state.keepImage()
            // A crash inside a sync leaves its changes to chance.
            if case .last(let error) = verdict { throw error }
            if case .loseSync(let error) = verdict { throw error }
            guard !state.lies.directories else { return }
            state.durableNames = state.names
            state.nameChanges = []
        }
    }

    func lock(folder path: String) throws(FileError) -> LockAttempt {
        let isFree = state.withLock { state in
            defer { state.isLocked = true }
            return !state.isLocked
        }
        guard isFree else { return .busy(processID: 1) }
        return .acquired(SimulatedLock(disk: self))
    }

    func monotonicMilliseconds() -> Int64 {
        state.withLock { $0.milliseconds }
    }

    func pause(milliseconds: Int) {
        state.withLock { $0.milliseconds += Int64(milliseconds) }
    }

    private static func name(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.index(after: slash)...])
    }
}

/// The lock of a simulated disk.
final class SimulatedLock: FileLock {
    let disk: SimulatedDisk

    init(disk: SimulatedDisk) {
        self.disk = disk
    }

    deinit {
        disk.state.withLock { $0.isLocked = false }
    }

    func isFolder(at path: String) -> Bool { true }
}
