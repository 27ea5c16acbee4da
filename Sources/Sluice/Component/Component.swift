/// A kind of node: its settings, its ports, and what it does with the messages that reach it.
///
/// A component names its ports and handlers in one function, ``wire(_:_:)``. Only ``Ports`` makes an
/// ``Output``, so emitting on an undeclared port, or a value of another type, does not compile:
///
/// ```swift
/// enum Shout: Component {
///     static let about = About("shout", "Writes texts in capitals")
///
///     struct Settings: Message {
///         var mark = "!"
///         mutating func members(_ m: inout Members) throws(Failure) {
///             try m.optional("mark", &mark, about: "What every text ends with")
///         }
///     }
///
///     static func wire(_ settings: Settings, _ ports: inout Ports) {
///         let out = ports.output("out", String.self, about: "The text in capitals")
///         ports.input("in", String.self, about: "A text") { text, turn in
///             try turn.emit(text.uppercased() + settings.mark, on: out)
///         }
///     }
/// }
/// ```
///
/// A node's life: settings are decoded and checked; ``Ports/onStart(_:)``; ``Ports/onReady(_:)`` once
/// all nodes have started; handlers, one message at a time unless the node says `concurrency` and the
/// component allows it; ``Ports/onFinish(_:)`` once all its inputs have ended; ``Ports/onStop(_:)``,
/// also after a failure.
public protocol Component: SendableMetatype {
    /// What a node of this kind can be told.
    associatedtype Settings: Message
    /// Name, summary and an example.
    static var about: About { get }
    /// Declares the ports, which may depend on the settings, and what happens at each.
    ///
    /// Declaring is pure: `check` and `describe` call it without starting anything. It is called
    /// anew for every node, so state captured by the handlers belongs to one node.
    ///
    /// - Throws: ``Failure`` with a path into the settings where they contradict each other.
    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure)
    /// Says more of what the settings may be where that depends on what the program provides.
    static func adapt(_ settings: inout Schema, to provisions: Provisions)
}

extension Component {
    /// The settings of most components depend on nothing.
    public static func adapt(_ settings: inout Schema, to provisions: Provisions) {}
}

/// What people read about a component.
public struct About: Sendable {
    /// The name that flow files use: `[a-z][a-z0-9_]*`.
    public var name: String
    /// One line on what the component does.
    public var summary: String
    /// More, where one line is not enough.
    public var discussion: String
    /// Settings of a node that works as it stands, as JSON text.
    public var example: String

    /// Creates the description of a component.
    public init(
        _ name: String, _ summary: String, discussion: String = "", example: String = "{}"
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.example = example
    }
}

/// Settings of a component that has none.
public struct NoSettings: Message {
    /// There is nothing to set.
    public init() {}
    /// There are no members.
    public mutating func members(_ m: inout Members) throws(Failure) {}
}
