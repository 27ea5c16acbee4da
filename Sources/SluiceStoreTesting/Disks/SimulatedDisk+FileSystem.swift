public import SluiceSystem

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

    /// Nothing: every path has a folder.
    public func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    /// The names of the files in a folder; none where it has none.
    public func list(_ path: String) throws(FileError) -> [String] {
        let folder = Name(path: path)
        return state.withLock { $0.names.keys.compactMap { $0.lastPart(in: folder) } }
    }

    /// Opens a file; making one is an operation, and one that is there is another file then.
    public func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let name = Name(path: path)
        if creating {
            try changeNames("open", path) { state throws(FileError) in
                state.inodes.append(Inode())
                state.names[name] = state.inodes.count - 1
                return .create(name, state.inodes.count - 1)
            }
        }
        guard let inode = state.withLock({ $0.names[name] }) else {
            throw FileError(operation: "open", path: path, errno: FileError.noFile)
        }
        return SimulatedFile(disk: self, inode: inode, path: path)
    }

    /// Gives a file another name: an operation.
    public func rename(_ path: String, to target: String) throws(FileError) {
        let (from, to) = (Name(path: path), Name(path: target))
        try changeNames("rename", path) { state throws(FileError) in
            guard let inode = state.names.removeValue(forKey: from) else {
                throw FileError(operation: "rename", path: path, errno: FileError.noFile)
            }
            state.names[to] = inode
            return .rename(from, to: to, inode)
        }
    }

    /// Removes a name: an operation.
    public func remove(_ path: String) throws(FileError) {
        let name = Name(path: path)
        try changeNames("unlink", path) { state throws(FileError) in
            guard state.names.removeValue(forKey: name) != nil else {
                throw FileError(operation: "unlink", path: path, errno: FileError.noFile)
            }
            return .remove(name)
        }
    }

    /// Puts the names in a folder on the device: an operation.
    public func syncDirectory(_ path: String) throws(FileError) {
        announce()
        try state.withLock { state throws(FileError) in
            let verdict = try Self.verdict(&state, "fsync", path)
            state.keepImage()
            // A crash inside a sync leaves its changes to chance.
            if case .last(let error) = verdict { throw error }
            if case .loseSync(let error) = verdict { throw error }
            guard !state.lies.directories else { return }
            state.settleNames(in: Name(path: path))
        }
    }

    /// Locks a folder among all who use this disk.
    public func lock(folder path: String) throws(FileError) -> LockAttempt {
        let folder = Name(path: path)
        guard state.withLock({ $0.locks.insert(folder).inserted }) else {
            return .busy(processID: 1)
        }
        return .acquired(
            HeldLock { [state] in state.withLock { _ = $0.locks.remove(folder) } })
    }

    /// The folder and all above it.
    public func folders(upFrom path: String) -> [String] { Folder.upwards(from: path) }

    /// The milliseconds that were paused.
    public func monotonicMilliseconds() -> Int64 {
        state.withLock { $0.milliseconds }
    }

    /// Lets time pass without waiting.
    public func pause(milliseconds: Int) {
        state.withLock { $0.milliseconds += Int64(milliseconds) }
    }
}

extension SimulatedDisk.State {
    /// Puts the names in a folder on the device; a rename into another folder waits for that one.
    fileprivate mutating func settleNames(in folder: Name) {
        func isInside(_ name: Name) -> Bool { name.lastPart(in: folder) != nil }
        for name in Set(names.keys).union(durableNames.keys) where isInside(name) {
            durableNames[name] = names[name]
        }
        nameChanges.removeAll { $0.kind.names.allSatisfy(isInside) }
    }
}
