public import Sluice

extension ComponentRegistry {
    /// The components that come with Sluice.
    public static var builtIn: ComponentRegistry {
        ComponentRegistry([
            CSVReader.self, Collect.self, Count.self, Delay.self, Fail.self, Filter.self,
            Inject.self, JSONLReader.self, JSONLWriter.self, Join.self, Log.self, Router.self,
            Split.self, Ticker.self, Transform.self,
        ])
    }
}
