import Sluice
import SluiceSystem

/// A page of the folder Docs.
struct DocumentationPage {
    /// The folder of the package, four levels above this file.
    static let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    let text: String

    init(_ name: String) {
        let bytes = try? FileStream.contents(of: "\(Self.package)/Docs/\(name)")
        text = String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// The texts of the blocks marked as JSON.
    var jsonBlocks: [String] {
        var blocks: [String] = []
        var block: String?
        for line in text.split(separator: "\n") {
            if line == "```json" {
                block = ""
            } else if line == "```" {
                if let block { blocks.append(block) }
                block = nil
            } else {
                block? += "\(line)\n"
            }
        }
        return blocks
    }
}
