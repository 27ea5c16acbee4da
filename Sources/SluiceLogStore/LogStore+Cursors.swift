import SluiceStore
import SluiceSystem

extension LogStore {
    /// What the names of the store's own cursors begin with.
    public static let ownCursorPrefix = "$"

    /// A position kept by `setCursor`.
    public struct Cursor: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// The revision that is kept.
        public var revision: Int64
    }

    /// The positions kept by `setCursor`, by the bytes of their names, without those of the store's
    /// own and those in `damagedCursors`.
    public var cursors: [Cursor] {
        engine.reader.cursors.filter { !$0.key.isOwn }.sorted { $0.key < $1.key }
            .map { Cursor(name: $0.key.text, revision: $0.value) }
    }

    /// The names of cursors whose records do not verify, by their bytes, without those of the
    /// store's own; each is so until it is set anew.
    public var damagedCursors: [String] {
        engine.reader.damagedCursors.filter { !$0.isOwn }.sorted().map(\.text)
    }
}
