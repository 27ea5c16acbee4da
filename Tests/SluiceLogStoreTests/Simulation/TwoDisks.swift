import SluiceStoreTesting
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

    /// The disk of a path and the path there: `/other` is the folder of the other disk's store.
    private func place(_ path: String) -> (disk: SimulatedDisk, path: String) {
        guard path == "/other" || path.hasPrefix("/other/") else { return (store, path) }
        return (other, SimulatedDisk.folder + path.dropFirst("/other".count))
    }

    func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    func list(_ path: String) throws(FileError) -> [String] {
        let place = place(path)
        return try place.disk.list(place.path)
    }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let place = place(path)
        return try place.disk.open(place.path, creating: creating)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        let place = place(path)
        try place.disk.rename(place.path, to: self.place(target).path)
    }

    func remove(_ path: String) throws(FileError) {
        let place = place(path)
        try place.disk.remove(place.path)
    }

    func syncDirectory(_ path: String) throws(FileError) {
        let place = place(path)
        try place.disk.syncDirectory(place.path)
    }

    func lock(folder path: String) throws(FileError) -> LockAttempt {
        let place = place(path)
        return try place.disk.lock(folder: place.path)
    }

    func monotonicMilliseconds() -> Int64 { 0 }

    func pause(milliseconds: Int) {}
}
