/// What a program gives to the components of a registry beside their settings, such as the kinds of
/// stores that they can open: one value of each type.
public struct Provisions: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    /// Nothing.
    public init() {}

    /// The value of a type; nil where none was given.
    public subscript<Value: Sendable>(_ type: Value.Type) -> Value? {
        values[ObjectIdentifier(type)] as? Value
    }

    /// Gives a value, in the place of an earlier one of its type.
    public mutating func give<Value: Sendable>(_ value: Value) {
        values[ObjectIdentifier(Value.self)] = value
    }
}
