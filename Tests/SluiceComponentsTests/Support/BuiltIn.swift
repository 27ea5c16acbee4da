import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

/// A node of a built-in component, ready to be fed.
///
/// - Parameter folder: The folder of the flow file that the node would stand in.
func node(
    _ component: String, _ settings: JSON = [:], folder: String = ".", seed: UInt64 = 1,
    concurrency: Int = 1
) throws -> Harness {
    let type = try #require(ComponentRegistry.builtIn[component])
    let plan = try Plan(
        component: type, settings: settings, folder: folder, concurrency: concurrency)
    return try Harness(plan, seed: seed)
}

/// The path of the setting that a component refuses; nil where it takes them all.
func refusedSetting(of component: String, _ settings: JSON) throws -> String? {
    let type = try #require(ComponentRegistry.builtIn[component])
    do {
        _ = try type.ports(settings: settings)
        return nil
    } catch {
        return error.details?["path"]?.string ?? "no path: \(error)"
    }
}
