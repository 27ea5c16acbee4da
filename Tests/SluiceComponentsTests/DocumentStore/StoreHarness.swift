import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// A node `document_store` with the collection `c`, ready to be fed.
///
/// - Parameters:
///   - folder: The data directory; a temporary one where none is given.
///   - listening: Outputs beside the answers, such as `change`.
func store(
    _ settings: [(String, JSON)] = [], folder: String? = nil, seed: UInt64 = 1,
    concurrency: Int = 1, listening: Set<String> = []
) throws -> Harness {
    var members = settings
    if !members.contains(where: { $0.0 == "collections" }) {
        members.append(("collections", [["name": "c"]]))
    }
    let type = try #require(ComponentRegistry.builtIn["document_store"])
    let plan = try Plan(
        component: type, settings: JSON(object: members), concurrency: concurrency,
        listening: listening)
    return try Harness(plan, seed: seed, folder: folder)
}

/// A folder that goes with the object: for tests that start a store again.
final class DataFolder {
    let path: String

    init() throws { path = try Folder.temporary() }

    deinit { Folder.remove(path) }

    /// Makes a symbolic link in the folder.
    func link(_ name: String, to target: String) throws {
        try #require(symlink(target, "\(path)/\(name)") == 0)
    }
}

extension Harness {
    /// Sends a request to a port and gives the one answer, which has to come by `port_ok`.
    func ask(_ port: String, _ request: JSON) throws -> JSON {
        try send(request, to: port).only("\(port)_ok")
    }

    /// Sends a request to a port and gives the one failure.
    func refusal(of request: JSON, at port: String) throws -> JSON {
        try send(request, to: port).only("error")
    }

    /// Stores a value in the collection `c` and gives its revision.
    @discardableResult
    func put(_ key: String, _ value: JSON) throws -> Int {
        try ask("put", ["collection": "c", "key": JSON(key), "value": value])["revision"]?.int ?? -1
    }

    /// The value of a key in the collection `c`; nil where it is absent.
    func value(_ key: String) throws -> JSON? {
        let reply = try ask("get", ["collection": "c", "key": JSON(key)])
        return reply["found"] == true ? reply["value"] : JSON?.none
    }
}

/// Arrays that nest as deep as is said.
func nested(_ depth: Int) throws -> JSON {
    try JSON(
        parsing: String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
}
