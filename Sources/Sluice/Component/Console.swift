/// The standard streams of a run.
public struct Console: Sendable {
    /// Takes bytes for standard output; false once nobody reads it any more.
    public var write: @Sendable ([UInt8]) -> Bool = { _ in true }
    /// Takes a line for people.
    public var log: @Sendable (String) -> Void = { _ in }

    /// Creates a console that drops everything.
    public init() {}
}
