public import SluiceJSON

/// The components that flows can name.
public struct ComponentRegistry: Sendable {
    private var types: [Name: ComponentType] = [:]

    /// Creates a registry; of two components of one name the later stands.
    public init(_ components: [any Component.Type] = []) {
        for component in components { add(component) }
    }

    /// Adds a component.
    public mutating func add(_ component: any Component.Type) {
        let type = ComponentType(component)
        types[Name(type.about.name)] = type
    }

    /// The component of that name.
    public subscript(name: String) -> ComponentType? { types[Name(name)] }

    /// All components, by name.
    public var all: [ComponentType] { types.sorted { $0.key < $1.key }.map(\.value) }

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

    /// Creates the description of a component.
    public init(_ component: any Component.Type) {
        self = ComponentType.describe(component)
    }

    private init(
        about: About, settingsSchema: Schema,
        declare: @escaping @Sendable (JSON) throws(Failure) -> Ports
    ) {
        self.about = about
        self.settingsSchema = settingsSchema
        self.declare = declare
    }

    private static func describe<C: Component>(_ component: C.Type) -> ComponentType {
        var schema = C.Settings.schema.closed
        schema.allowsOtherMembers = false
        return ComponentType(about: C.about, settingsSchema: schema) { json throws(Failure) in
            let settings = try C.Settings(json: json)
            var ports = Ports()
            try C.wire(settings, &ports)
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

    /// Reads the settings and declares the ports, which may depend on them; starts nothing.
    ///
    /// - Throws: ``Failure`` with the path of the setting that does not fit.
    public func ports(settings: JSON) throws(Failure) -> Ports { try declare(settings) }
}
