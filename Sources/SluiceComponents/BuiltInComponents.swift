public import Sluice

extension ComponentRegistry {
    /// The components that come with Sluice.
    public static var builtIn: ComponentRegistry { builtIn(.builtIn) }

    /// The components that come with Sluice, with the stores that their nodes can have.
    public static func builtIn(_ kinds: StoreKinds) -> ComponentRegistry {
        var provisions = Provisions()
        provisions.give(kinds)
        return ComponentRegistry(
            [
                Collect.self, Conversation.self, Count.self, CSVReader.self, Delay.self,
                DocumentStore.self, Fail.self, Filter.self, Inject.self, Join.self,
                JSONLReader.self,
                JSONLWriter.self, Log.self, Router.self, Split.self, Ticker.self, Transform.self,
            ], providing: provisions)
    }
}
