import Sluice
import SluiceComponents
import SluiceJSON
import Testing

/// Docs/document_store.md against what the component declares.
@Suite struct DocumentStorePage {
    static let page = DocumentationPage("document_store.md").text
    static let settings: JSON = ["collections": [["name": "c"]]]

    @Test func everySettingHasARow() throws {
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        for property in type.settingsSchema.properties {
            #expect(Self.page.contains("\n| `\(property.name)` | "), "\(property.name)")
        }
    }

    @Test func everyPortIsShownWithItsMembersInOrder() throws {
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        let ports = try type.ports(settings: Self.settings)
        // `update` shows its alternatives in its own way.
        for port in ports.inputs where port.name != "update" {
            #expect(Self.page.contains("`\(port.name) {\(Self.members(port.schema))}`"))
        }
        for port in ports.outputs {
            #expect(Self.page.contains("`\(port.name) {\(Self.members(port.schema))}`"))
        }
    }

    /// The members of an object as the page writes them.
    static func members(_ schema: Schema) -> String {
        schema.properties.map { property in
            let mark = property.isRequired ? "" : "?"
            guard let item = property.schema.items.first, !item.properties.isEmpty else {
                return property.name + mark
            }
            return "\(property.name)\(mark): [{\(members(item))}]"
        }.joined(separator: ", ")
    }
}
