import Sluice
import SluiceJSON
public import SluiceStore
import SluiceSystem

/// The kinds of stores that nodes can name, and the merge operators that their stores know.
public struct StoreKinds: Sendable {
    private var kinds: [Name: AnyStoreKind] = [:]
    /// The merge operators that every store is opened with.
    public var operators: MergeOperators

    /// Kinds that come with Sluice, with the operators that its components need.
    public static var builtIn: StoreKinds {
        StoreKinds([LogStoreKind.self, MemoryStoreKind.self], operators: .ofDocuments)
    }

    /// These kinds; of two with one name the later stands.
    public init(_ kinds: [any StoreKind.Type] = [], operators: MergeOperators = MergeOperators()) {
        self.operators = operators
        for kind in kinds { add(kind) }
    }

    /// Adds a kind.
    public mutating func add(_ kind: any StoreKind.Type) {
        self.kinds[Name(kind.about.name)] = AnyStoreKind(kind)
    }

    /// The names of all kinds, by their bytes.
    public var names: [String] { kinds.keys.sorted().map(\.text) }

    /// The kind of a name.
    subscript(name: String) -> AnyStoreKind? { kinds[Name(name)] }

    /// All kinds, by name.
    var all: [AnyStoreKind] { kinds.sorted { $0.key < $1.key }.map(\.value) }

    /// What people read about the setting `store`.
    static let aboutSetting =
        "Another kind of store than a log, as `{kind, …}` with the settings of that kind"

    /// The kinds that a program gives to its components; those that come with Sluice where it gives none.
    static func of(_ provisions: Provisions) -> StoreKinds {
        provisions[StoreKinds.self] ?? .builtIn
    }

    /// The store that the settings of a node ask for.
    ///
    /// - Throws: ``Failure`` with a path into the settings.
    func chosen(_ store: JSON?, _ log: LogStoreKind.Settings) throws(Failure) -> ChosenStore {
        guard let store else { return try ChosenStore(LogStoreKind.self, log) }
        do throws(Failure) {
            return try chosen(store)
        } catch {
            throw error.under(".store")
        }
    }

    /// Puts what `store` may be into the schema of a node's settings.
    func adapt(_ settings: inout Schema) {
        settings.narrow("store") { store in
            let about = store.about
            store = schema
            store.about = about
        }
    }

    /// What `store` may be in the settings of a node.
    var schema: Schema {
        var name = Schema(.string)
        name.enumeration = names.map { JSON($0) }
        var schema = Schema.object([Schema.Property("kind", name, isRequired: true)])
        schema.assertions = [
            .allOf(
                all.map { kind in
                    var named = Schema.any
                    named.enumeration = [JSON(kind.about.name)]
                    var rule = Schema.any
                    rule.assertions = [
                        .conditional(
                            .object([Schema.Property("kind", named, isRequired: true)]),
                            then: kind.schema, otherwise: nil)
                    ]
                    return rule
                })
        ]
        return schema
    }

    /// The kind and the settings that a node's `store` names.
    ///
    /// - Throws: ``Failure`` with a path into it.
    func chosen(_ json: JSON) throws(Failure) -> ChosenStore {
        guard let name = json["kind"]?.string else {
            throw .invalid("the member is missing: it names the kind of store", at: "$.kind")
        }
        guard let kind = self[name] else {
            let near = Spelling.closest(to: name, among: names)
            throw .invalid(
                "there is no kind of store `\(name)`"
                    + (near.map { " (did you mean `\($0)`?)" } ?? "")
                    + "; there are \(names.map { "`\($0)`" }.joined(separator: ", "))", at: "$.kind"
            )
        }
        return try kind.choose(json)
    }
}

/// A kind whose type is not known at compile time.
struct AnyStoreKind: Sendable {
    let about: About
    /// What `store` may be for the kind.
    let schema: Schema
    let choose: @Sendable (JSON) throws(Failure) -> ChosenStore

    init(_ kind: any StoreKind.Type) { self = Self.describing(kind) }

    private init(
        about: About, schema: Schema,
        choose: @escaping @Sendable (JSON) throws(Failure) -> ChosenStore
    ) {
        self.about = about
        self.schema = schema
        self.choose = choose
    }

    private static func describing<Kind: StoreKind>(_ kind: Kind.Type) -> AnyStoreKind {
        let about = Kind.about
        var name = Schema(.string)
        name.about = about.summary
        name.enumeration = [JSON(about.name)]
        var schema = Kind.Settings.schema.closed
        schema.properties.insert(Schema.Property("kind", name, isRequired: true), at: 0)
        schema.allowsOtherMembers = false
        return AnyStoreKind(about: about, schema: schema) { json throws(Failure) in
            try ChosenStore(kind, Kind.Settings(json: json))
        }
    }
}

/// A kind of store, and what a node says about the one that it wants.
struct ChosenStore: Sendable {
    /// The kind's name.
    let kind: String
    let sharing: StoreSharing
    /// Whether its stores show what was.
    let keepsVersions: Bool
    /// Whether its stores tell what changes.
    let tellsChanges: Bool
    let open: @Sendable (StoreOpening) async throws(StoreError) -> any Store

    /// - Throws: ``Failure`` where the settings contradict each other.
    init<Kind: StoreKind>(_ kind: Kind.Type, _ settings: Kind.Settings) throws(Failure) {
        try Kind.check(settings)
        self.kind = Kind.about.name
        sharing = Kind.sharing(settings)
        keepsVersions = Kind.Opened.self is any VersionedStore.Type
        tellsChanges = Kind.Opened.self is any ChangeFeed.Type
        open = { opening throws(StoreError) in try await Kind.open(settings, opening) }
    }

    /// What other nodes may share, for checks; nil where the store has no folder.
    var shared: Ports.Shared? {
        sharing.folder.map {
            Ports.Shared(path: $0, terms: [("kind", kind)] + sharing.terms)
        }
    }

    /// The first of the terms, with both values, in which nodes that share a store differ.
    func disagreement(with other: ChosenStore) -> (name: String, mine: String, theirs: String)? {
        if kind != other.kind { return ("kind", kind, other.kind) }
        return zip(sharing.terms, other.sharing.terms).first { $0.value != $1.value }.map {
            ($0.name, $0.value, $1.value)
        }
    }
}
