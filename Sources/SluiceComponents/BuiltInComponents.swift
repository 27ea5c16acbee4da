public import Sluice

extension ComponentRegistry {
    /// The components that come with Sluice.
    public static var builtIn: ComponentRegistry {
        ComponentRegistry([
            Count.self, Delay.self, Fail.self, Filter.self, Inject.self, Log.self, Router.self,
            Split.self, Transform.self,
        ])
    }
}
