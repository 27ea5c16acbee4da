import SluiceStore
import SluiceSystem

/// How much of history a store keeps.
///
/// The store itself remembers what its last owner asked for, under two cursors of its own, so that
/// whoever opens it next keeps to it.
struct Retention: Hashable, Sendable {
    static let none = Retention(revisions: 0, hours: 0)
    private static let revisionsName = Name("$keepRevisions")
    private static let hoursName = Name("$keepHours")

    /// How many revisions back reads reach at least.
    var revisions: Int
    /// How many hours back they reach at least.
    var hours: Int

    var isNone: Bool { revisions == 0 && hours == 0 }

    init(revisions: Int, hours: Int) {
        self.revisions = revisions
        self.hours = hours
    }

    /// What the options ask for, and where they leave it to the store what that remembers.
    ///
    /// A store that cannot read what it remembers keeps everything until either is said anew.
    init(_ options: LogStoreOptions, _ state: StoreState) {
        let isSaid = options.keepRevisions != nil || options.keepHours != nil
        let isDamaged = state.damagedCursors.keys.contains { $0.isOwn }
        let remembered = isSaid && isDamaged ? .none : Retention(cursors: state.cursors)
        self.init(
            revisions: options.keepRevisions ?? remembered.revisions,
            hours: options.keepHours ?? remembered.hours)
    }

    /// What a store remembers.
    init(cursors: [Name: Int64]) {
        self.init(
            revisions: Int(clamping: max(0, cursors[Self.revisionsName] ?? 0)),
            hours: Int(clamping: max(0, cursors[Self.hoursName] ?? 0)))
    }

    /// The cursors under which a store remembers it.
    var cursors: [(name: Name, position: Int64)] {
        [(Self.revisionsName, Int64(revisions)), (Self.hoursName, Int64(hours))]
    }
}
