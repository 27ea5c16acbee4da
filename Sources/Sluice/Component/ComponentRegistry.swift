public import SluiceJSON
import SluiceSystem

/// The components that flows can name.
public struct ComponentRegistry: Sendable {
    private var types: [Name: ComponentType] = [:]
    /// What all of the components are given.
    public let provisions: Provisions

    /// Creates a registry; of two components of one name the later stands.
    public init(
        _ components: [any Component.Type] = [], providing provisions: Provisions = Provisions()
    ) {
        self.provisions = provisions
        for component in components { add(component) }
    }

    /// Adds a component.
    public mutating func add(_ component: any Component.Type) {
        let type = ComponentType(component, providing: provisions)
        types[Name(type.about.name)] = type
    }

    /// The component of that name.
    public subscript(name: String) -> ComponentType? { types[Name(name)] }

    /// All components, by name.
    public var all: [ComponentType] { types.sorted { $0.key < $1.key }.map(\.value) }

    /// What is wrong with the declarations of the components, each with its settings and with the
    /// ports that it has by its example; empty where nothing is.
    ///
    /// For a test of the components that a program brings: a flow that uses a broken one is refused.
    public var mistakes: [String] {
        all.flatMap { type -> [String] in
            let settings = (try? JSON(parsing: type.about.example)) ?? .emptyObject
            do throws(Failure) {
                _ = try type.ports(settings: settings)
                return []
            } catch {
                return error.code == "broken_component" ? [error.text] : []
            }
        }
    }

    /// The names of all components.
    public var names: [String] { types.keys.sorted().map(\.text) }
}

/// A component whose type is not known at compile time.
public struct ComponentType: Sendable {
    /// Name, summary and example.
    public let about: About
    /// What its settings have to be; unknown members do not fit.
    public let settingsSchema: Schema
    private let declare: @Sendable (JSON) throws(Failure) -> Ports

    /// Creates the description of a component that is given `provisions`.
    public init(_ component: any Component.Type, providing provisions: Provisions = Provisions()) {
        self = ComponentType.describe(component, provisions)
    }

    private init(
        about: About, settingsSchema: Schema,
        declare: @escaping @Sendable (JSON) throws(Failure) -> Ports
    ) {
        self.about = about
        self.settingsSchema = settingsSchema
        self.declare = declare
    }

    private static func describe<C: Component>(
        _ component: C.Type, _ provisions: Provisions
    ) -> ComponentType {
        let schema = settingsSchema(of: component, provisions)
        let about = C.about
        let mistakes = about.mistakes + schema.mistakes
        return ComponentType(about: about, settingsSchema: schema) { json throws(Failure) in
            guard mistakes.isEmpty else { throw .brokenComponent(about.name, mistakes) }
            let settings = try C.Settings(json: json)
            var ports = Ports()
            ports.provisions = provisions
            try C.wire(settings, &ports)
            let mistakes = ports.mistakes
            guard mistakes.isEmpty else { throw .brokenComponent(about.name, mistakes) }
            return ports
        }
    }

    /// What does not fit of a node's settings; members that begin with `x-` are notes.
    package func mismatches(_ settings: JSON) -> [Schema.Mismatch] {
        settingsSchema.mismatches(settings).filter { mismatch in
            guard mismatch.isAboutName, case .name(let name)? = mismatch.path.last else {
                return true
            }
            return !name.begins(with: "x-")
        }
    }

    private static func settingsSchema<C: Component>(
        of component: C.Type, _ provisions: Provisions
    ) -> Schema {
        var schema = C.Settings.schema.closed
        C.adapt(&schema, to: provisions)
        schema.allowsOtherMembers = false
        for property in schema.properties where property.name.begins(with: "x-") {
            schema.mistakes.append(
                "no flow file can say the setting `\(property.name)`: `x-` begins a note")
        }
        return schema
    }

    /// Reads the settings and declares the ports, which may depend on them; starts nothing.
    ///
    /// - Throws: ``Failure`` with the path of the setting that does not fit, and `broken_component`
    ///   where the declaration has mistakes, such as two inputs of one name.
    public func ports(settings: JSON) throws(Failure) -> Ports { try declare(settings) }
}
