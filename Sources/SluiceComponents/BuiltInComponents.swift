public import Sluice

extension ComponentRegistry {
    /// The components that come with Sluice.
    public static var builtIn: ComponentRegistry {
        ComponentRegistry([
            Collect.self, Conversation.self, Count.self, CSVReader.self, Delay.self,
            DocumentStore.self, Fail.self, Filter.self, Inject.self, Join.self, JSONLReader.self,
            JSONLWriter.self, Log.self, Router.self, Split.self, Ticker.self, Transform.self,
        ])
    }
}
