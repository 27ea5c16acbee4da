import SluiceSystem

@testable import SluiceLogStore

/// A store's disk and another one beside it, under different folders.
///
/// What lies on one cannot be linked from the other.
struct TwoDisks: FileSystem {
    let store: SimulatedDisk
    let other: SimulatedDisk

    var environment: Environment {
        Environment(fileSystem: self, newIdentity: { StoreIdentity(bytes: Array(1...16)) })
    }

    private func disk(_ path: String) -> SimulatedDisk {
        path == "/other" || path.hasPrefix("/other/") ? other : store
    }

    func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    func list(_ path: String) throws(FileError) -> [String] {
        try disk(path).list(path)
    }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        try disk(path).open(path, creating: creating)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        try disk(path).rename(path, to: target)
    }

    func remove(_ path: String) throws(FileError) {
        try disk(path).remove(path)
    }

    func syncDirectory(_ path: String) throws(FileError) {
        try disk(path).syncDirectory(path)
    }

    func lock(folder path: String) throws(FileError) -> LockAttempt {
        try disk(path).lock(folder: path)
    }

    func monotonicMilliseconds() -> Int64 { 0 }

    func pause(milliseconds: Int) {}
}
