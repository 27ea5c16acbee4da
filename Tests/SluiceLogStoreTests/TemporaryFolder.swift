import Glibc

@testable import SluiceLogStore

/// A folder for one test that goes with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = "/tmp/sluice-store-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        mkdir(path, 0o700)
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// Bytes of all files inside.
    var byteCount: Int {
        names.reduce(0) { sum, name in
            var status = stat()
            return stat(path + "/" + name, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    /// The files inside, sorted.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

extension TemporaryFolder {
    /// How many keys `store` has, from `key 0` on.
    static let keyCount = 400

    /// A store of several segments and runs, closed.
    static func store() throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(
            folder.path,
            options: LogStore.Options(
                sync: .never, isInline: true, memoryBytes: 1 << 20, segmentBytes: 32 << 10))
        try store.declare(collections: ["c"])
        for number in 0..<keyCount {
            try store.set("key \(number)", 7, count: 300)
            if number % 150 == 149 { try store.flush() }
        }
        try store.close()
        return folder
    }
}
