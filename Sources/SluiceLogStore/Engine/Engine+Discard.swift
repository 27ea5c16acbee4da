import SluiceSystem

extension Engine {
    /// Removes the files of a store that this opening made and that no record was written to, and
    /// closes it; gives whether it was such a store.
    func discard() -> Bool {
        guard isNew, shared.read({ $0.revision == 0 }), files.isAtItsPath else { return false }
        // Nothing is written from now on.
        durability.poison(.closed)
        NewStore.remove(from: place.directory, place.fileSystem)
        try? close()
        return true
    }
}
