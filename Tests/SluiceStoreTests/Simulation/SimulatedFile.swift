import Synchronization

@testable import SluiceStore

/// The lock of a simulated disk.
final class SimulatedLock: FileLock {
    let disk: SimulatedDisk

    init(disk: SimulatedDisk) {
        self.disk = disk
    }

    deinit {
        disk.state.withLock { $0.isLocked = false }
    }
}

/// An open file of a simulated disk.
final class SimulatedFile: File {
    let disk: SimulatedDisk
    let inode: Int
    let path: String

    init(disk: SimulatedDisk, inode: Int, path: String) {
        self.disk = disk
        self.inode = inode
        self.path = path
    }

    func size() throws(LogStoreError) -> Int {
        disk.state.withLock { $0.inodes[inode].current.count }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(LogStoreError) -> Int {
        disk.state.withLock { state in
            let size = state.inodes[inode].current.count
            guard offset < size else { return 0 }
            let count = min(buffer.count, size - offset)
            state.inodes[inode].current.withUnsafeBytes { bytes in
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            }
            return count
        }
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        try change("pwrite", .write(offset, Array(buffer)))
    }

    func truncate(to size: Int) throws(LogStoreError) {
        try change("ftruncate", .truncate(size))
    }

    func sync() throws(LogStoreError) {
        try disk.state.withLock { state throws(LogStoreError) in
            let verdict = try SimulatedDisk.verdict(&state, "fdatasync", path)
            // A crash inside a sync leaves its changes to chance.
            if case .last(let error) = verdict { throw error }
            state.inodes[inode].changes = []
            if case .loseSync(let error) = verdict { throw error }
            state.inodes[inode].durable = state.inodes[inode].current
        }
    }

    private func change(_ operation: String, _ change: SimulatedDisk.Change) throws(LogStoreError) {
        try disk.state.withLock { state throws(LogStoreError) in
            let verdict = try SimulatedDisk.verdict(&state, operation, path)
            if case .half(let error) = verdict, case .write(let offset, let bytes) = change {
                let half = Array(bytes[..<(bytes.count / 2)])
                apply(.write(offset, half), &state)
                throw error
            }
            apply(change, &state)
            if case .last(let error) = verdict { throw error }
        }
    }

    private func apply(_ change: SimulatedDisk.Change, _ state: inout SimulatedDisk.State) {
        switch change {
        case .write(let offset, let bytes):
            SimulatedDisk.put(bytes[...], into: &state.inodes[inode].current, at: offset)
        case .truncate(let size):
            SimulatedDisk.resize(&state.inodes[inode].current, to: size)
        }
        state.inodes[inode].changes.append(change)
    }
}
