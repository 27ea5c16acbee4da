import SluiceSystem

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

    func size() throws(FileError) -> Int {
        disk.state.withLock { $0.inodes[inode].current.count }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try disk.state.withLock { state throws(FileError) in
            try SimulatedDisk.checkRead(&state, "pread", path)
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

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        disk.announce()
        try disk.state.withLock { state throws(FileError) in
            let verdict = try SimulatedDisk.verdict(&state, "pwrite", path)
            var count = buffer.count
            var failure: FileError?
            switch verdict {
            case .half(let error): (count, failure) = (count / 2, error)
            case .last(let error): failure = error
            case .proceed, .loseSync: break
            }
            if let capacity = state.capacity {
                let growth = offset + count - state.inodes[inode].current.count
                let room = capacity - state.usedBytes
                if growth > max(0, room) {
                    count = max(0, count - growth + max(0, room))
                    failure = FileError(operation: "pwrite", path: path, errno: FileError.noSpace)
                }
            }
            if count > 0 {
                let number = state.operations - 1
                let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                state.inodes[inode].write(piece, at: offset, number: number)
            }
            state.keepImage()
            if let failure { throw failure }
        }
    }

    func reserve(count: Int) -> Bool {
        guard let size = try? size() else { return false }
        let room = disk.state.withLock { state in state.capacity.map { $0 - state.usedBytes } }
        if let room, count - size > max(0, room) { return false }
        return size >= count || (try? truncate(to: count)) != nil
    }

    func truncate(to size: Int) throws(FileError) {
        disk.announce()
        try disk.state.withLock { state throws(FileError) in
            let verdict = try SimulatedDisk.verdict(&state, "ftruncate", path)
            if case .half(let error) = verdict { throw error }
            state.inodes[inode].truncate(to: size, number: state.operations - 1)
            state.keepImage()
            if case .last(let error) = verdict { throw error }
        }
    }

    func sync() throws(FileError) {
        disk.announce()
        try disk.state.withLock { state throws(FileError) in
            let verdict = try SimulatedDisk.verdict(&state, "fdatasync", path)
            state.keepImage()
            // A crash inside a sync leaves its changes to chance.
            if case .last(let error) = verdict { throw error }
            guard !state.lies.files else { return }
            if case .loseSync(let error) = verdict {
                // Reads go on showing it, and no later sync saves it.
                state.inodes[inode].changes = []
                throw error
            }
            state.inodes[inode].settle()
        }
    }
}

extension SimulatedDisk.Inode {
    mutating func write(_ piece: UnsafeRawBufferPointer, at offset: Int, number: Int) {
        let end = offset + piece.count
        if current.count < end { Self.resize(&current, to: end) }
        current.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<end]).copyMemory(from: piece)
        }
        // The device gets whole sectors, with what else is in memory.
        let start = offset / SimulatedDisk.sectorBytes * SimulatedDisk.sectorBytes
        let sectors =
            (end + SimulatedDisk.sectorBytes - 1) / SimulatedDisk.sectorBytes
            * SimulatedDisk.sectorBytes
        changes.append(
            SimulatedDisk.Change(
                number: number, size: current.count, start: start,
                bytes: Array(current[start..<min(sectors, current.count)]), isTruncation: false))
    }

    mutating func truncate(to size: Int, number: Int) {
        Self.resize(&current, to: size)
        changes.append(
            SimulatedDisk.Change(
                number: number, size: size, start: 0, bytes: [], isTruncation: true))
    }

    static func resize(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count > size {
            bytes.removeLast(bytes.count - size)
        } else if bytes.count < size {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
    }
}
