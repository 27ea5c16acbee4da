import Sluice
import SluiceLogStore
import SluiceSystem

/// Names that are known only from a flow file or a store on the command line: what the scripts of
/// shells ask `completions` for.
enum NamesInFiles: String, CaseIterable, Sendable {
    /// The collections of a store.
    case collections
    /// A flow's inputs, as `--in` takes them.
    case inputs
    /// A flow's outputs, as `--out` takes them.
    case outputs
    /// A flow's parameters and the settings of its nodes, as `--set` takes them.
    case settings

    /// The names that the words of a command line so far allow; none where they name no such file.
    ///
    /// Names that a line cannot show are left out.
    func names(in words: [String], _ components: ComponentRegistry) -> [String] {
        let names =
            self == .collections ? Self.collections(words) : flowNames(words, components)
        return names.filter { name in
            !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        }
    }

    /// Of the last folder named that is a store: a folder may have the name of a command.
    private static func collections(_ words: [String]) -> [String] {
        for path in words.reversed() where Folder.isFolder(path) {
            let options = LogStore.Options(isReadOnly: true, readsAsFound: true)
            guard let store = try? LogStore.openAndWait(path, options: options) else { continue }
            return store.collections
        }
        return []
    }

    private func flowNames(
        _ words: [String], _ components: ComponentRegistry
    ) -> [String] {
        for path in words where path.ends(with: ".json") && Folder.isOrdinaryFile(path) {
            let loader = FlowLoader(registry: components, variables: Terminal.variable)
            guard let facts = loader.load(path).facts else { continue }
            switch self {
            case .inputs: return facts.inputs.map { "\($0.name)=" }
            case .outputs: return facts.outputs.map { "\($0.name)=" }
            case .settings: return Self.settings(of: facts, components)
            case .collections: return []
            }
        }
        return []
    }

    private static func settings(
        of facts: FlowFacts, _ components: ComponentRegistry
    ) -> [String] {
        let settings = facts.nodes.flatMap { node -> [String] in
            let schema = components[node.component]?.settingsSchema
            return schema?.properties.map { "\(node.name).\($0.name)=" } ?? []
        }
        return facts.parameters.map { "\($0.name)=" } + settings
    }
}
