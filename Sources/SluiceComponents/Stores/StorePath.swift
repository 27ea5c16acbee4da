import Sluice
import SluiceJSON
import SluiceSystem

/// Where a store lies: a folder inside the data directory, or an absolute path as it stands.
enum StorePath {
    /// Checks what the text alone tells.
    static func check(_ path: String) throws(Failure) {
        guard !path.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
            throw .invalid("the path must not be blank", at: "$.path")
        }
        guard !path.utf8.contains(0) else {
            throw .invalid("the path must not contain a NUL character", at: "$.path")
        }
        guard !path.begins(with: "/") else { return }
        let clean = Folder.normalized(path)
        guard clean != ".", clean != "..", !clean.begins(with: "../") else { throw outside(path) }
    }

    /// The absolute path of the store's folder, links resolved as far as it exists.
    static func resolve(_ path: String, for context: StartContext) throws(Failure) -> String {
        try check(path)
        if path.begins(with: "/"),
            case .file(let place) = try context.place(of: path, for: .writing)
        {
            return Folder.resolved(place)
        }
        let root = Folder.resolved(context.dataDirectory)
        let folder = Folder.resolved(Folder.join(root, Folder.normalized(path)))
        guard folder.begins(with: root.ends(with: "/") ? root : root + "/") else {
            throw outside(path)
        }
        return folder
    }

    private static func outside(_ path: String) -> Failure {
        Failure(
            "invalid_settings",
            "the path \"\(path)\" does not lie inside the data directory: name a folder in it, or "
                + "give an absolute path", details: ["path": "$.path"])
    }
}
