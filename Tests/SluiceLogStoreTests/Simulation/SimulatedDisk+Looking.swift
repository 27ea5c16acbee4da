import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What tests of losses do with a disk that lies still.
extension SimulatedDisk {
    /// Opens the store on this disk for reading only.
    func reader(readsAsFound: Bool = false) throws -> LogStore {
        let options = LogStore.Options(
            isInline: true, clock: { ManualClock().now }, isReadOnly: true,
            readsAsFound: readsAsFound)
        return LogStore(
            engine: try Engine.open(
                "/db", options: options, environment: Environment(fileSystem: self)))
    }

    /// The folder in which tests have their store.
    static let folder = "/db"

    /// The store's files, without the space held back, whose content means nothing.
    var fileNames: [String] {
        paths.map { Folder.lastPart(of: $0) }.filter { $0 != Reserve.fileName }
    }

    /// The bytes of one of the store's files; none where it is not there.
    func content(_ name: String) -> [UInt8] { self["\(Self.folder)/\(name)"] ?? [] }

    /// Puts other bytes in the place of one of the store's files, or removes it.
    func setContent(_ name: String, _ bytes: [UInt8]?) { self["\(Self.folder)/\(name)"] = bytes }

    /// Every file with its bytes.
    var allContent: [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        for name in fileNames { all[name] = content(name) }
        return all
    }

    /// The file that opening for writing says is damaged; nil where it opens.
    func fileThatKeepsOwnersOut() throws -> String? {
        do {
            _ = try store()
            return nil
        } catch LogStoreError.corrupt(let file, _, _, _, _) {
            return file
        }
    }
}

extension LogStore {
    /// Where the newest record of a key lies.
    func place(
        _ key: String, in collection: UInt16 = SystemCollection.firstUser
    ) throws -> (segment: UInt32, range: Range<Int>) {
        try engine.shared.read { state in
            let found = try Array(key.utf8).withUnsafeBytes { try state.newest(collection, $0) }
            let entry = try #require(found)
            let start = Int(entry.offset)
            return (entry.segment, start..<start + Int(entry.length))
        }
    }

    /// What a key's record came to when it was asked for.
    enum Reading: Equatable {
        case value([UInt8]?)
        case corrupt
        case other(String)
    }

    func reading(_ key: String, in collection: String = "c") -> Reading {
        do throws(LogStoreError) {
            return .value(try get(collection, Array(key.utf8))?.value)
        } catch {
            return error.code == "corrupt" ? .corrupt : .other("\(error)")
        }
    }
}
