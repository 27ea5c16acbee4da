public import Sluice
public import SluiceStore

/// A kind of store that nodes can keep their data in: `"store": {"kind": NAME, …}` in a flow file.
///
/// A program of one's own adds kinds to those that come with Sluice:
///
/// ```swift
/// enum Scratch: StoreKind {
///     static let about = About("scratch", "Keeps records in memory, and tells nobody")
///
///     static func open(
///         _ settings: NoSettings, _ opening: StoreOpening
///     ) async throws(StoreError) -> MemoryStore {
///         MemoryStore(MemoryStore.Options(operators: opening.operators))
///     }
/// }
/// ```
///
/// What a store of the kind can do beyond the contract follows from its type: history where it is a
/// `VersionedStore`, changes where it is a `ChangeFeed`.
public protocol StoreKind: SendableMetatype {
    /// What a store of this kind can be told, beside `kind`.
    associatedtype Settings: Message
    /// The stores that are opened.
    associatedtype Opened: Store
    /// The name that flow files use, and a line on what the kind is for.
    static var about: About { get }
    /// Checks what the schema of the settings cannot say; pure.
    ///
    /// - Throws: ``Failure`` with a path into the settings.
    static func check(_ settings: Settings) throws(Failure)
    /// How the nodes of a run share a store with these settings.
    static func sharing(_ settings: Settings) -> StoreSharing
    /// Opens a store; the last node that uses it closes it.
    ///
    /// - Throws: `locked` where another owner has the store; anything else ends the run before it has
    ///   begun.
    static func open(_ settings: Settings, _ opening: StoreOpening) async throws(StoreError)
        -> Opened
}

extension StoreKind {
    /// Most settings are described by their schema.
    public static func check(_ settings: Settings) throws(Failure) {}
    /// Each node has a store of its own.
    public static func sharing(_ settings: Settings) -> StoreSharing { StoreSharing() }
}

/// How the nodes of a run share a store.
public struct StoreSharing: Sendable {
    /// The store's folder, inside the data directory or absolute: nodes with one folder share its store.
    public var folder: String?
    /// A name: nodes of one kind that give the same one share a store.
    public var name: String?
    /// What nodes that share a store have to agree on, as in a flow file.
    public var terms: [(name: String, value: String)]
    /// Whether a node starts while another owner has the store, and takes over when that ends.
    public var takesOver: Bool

    /// How nodes share a store.
    public init(
        folder: String? = nil, name: String? = nil, terms: [(name: String, value: String)] = [],
        takesOver: Bool = false
    ) {
        self.folder = folder
        self.name = name
        self.terms = terms
        self.takesOver = takesOver
    }
}

/// What a kind opens a store with.
public struct StoreOpening: Sendable {
    /// The absolute path of the folder that ``StoreSharing/folder`` names; empty where it names none.
    public let folder: String
    /// Whether to wait for another owner; otherwise `locked` is thrown at once.
    public let mayWait: Bool
    /// The merge operators that writes may name.
    public let operators: MergeOperators
    /// The run: its clock, where to say something to people, and threads that may wait.
    public let context: StartContext
}
