import Sluice
package import SluiceSystem

/// Where test files are found.
public enum TestFolder {
    /// What the names of test files end with.
    public static let ending = ".test.json"

    /// The test files in a folder and those below it, by path; hidden ones are left out.
    ///
    /// - Throws: `FileError` where a folder cannot be read.
    package static func files(below folder: String) throws(FileError) -> [String] {
        var seen: Set<Name> = []
        return try files(below: folder, &seen)
    }

    private static func files(
        below folder: String, _ seen: inout Set<Name>
    ) throws(FileError) -> [String] {
        // A link may lead back to where it stands.
        guard seen.insert(Name(Folder.resolved(folder))).inserted else { return [] }
        var found: [String] = []
        for name in try Folder.names(in: folder) where !name.begins(with: ".") {
            let path = Folder.join(folder, name)
            if Folder.isFolder(path) {
                found += try files(below: path, &seen)
            } else if name.ends(with: ending) {
                found.append(path)
            }
        }
        return found
    }
}
